// One blank at a time: a run within the repetition could be cut in as many ways as it has blanks, and all would be tried.
// A comment that MySQL runs (`/*! … */`) is none.
const blanks = String.raw`^(?:\s|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*(?!!)[^*]*(?:\*(?!/)[^*]*)*\*/)*`

/** Tells statements that begin with one of `words` (a part of a regular expression), whatever comments and parentheses stand before. */
export function beginsWith(words: string): RegExp {
  return new RegExp(`${blanks}(?:${words})\\b`, "i")
}
