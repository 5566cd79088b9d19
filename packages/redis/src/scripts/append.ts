import { type Script, script } from "./script.ts"

/**
 * Puts a piece behind what is there, once: done again, it finds that it was done.
 *
 * Keys: body. Arguments: where the piece begins, the piece, milliseconds to live. Answers the length then.
 */
export const appendScript: Script = script(`
local length = redis.call('STRLEN', KEYS[1])
if length ~= tonumber(ARGV[1]) then return length end
length = redis.call('APPEND', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return length
`)
