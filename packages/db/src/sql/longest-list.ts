/**
 * More values than these are one parameter, where the engine can: there are limits to the number of parameters, and
 * lists of every length would otherwise be statements of their own.
 */
export const longestList = 500
