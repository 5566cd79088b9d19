import { type Script, script } from "./script.ts"

/**
 * Sets damaged bytes aside, once, and only so many.
 *
 * Keys: history, copies. Arguments: name of the copy, what the history says of it, its bytes, how many are kept.
 */
export const quarantineScript: Script = script(`
if redis.call('ZLEXCOUNT', KEYS[1], '[d', '(e') >= tonumber(ARGV[4]) then return 0 end
redis.call('HLEN', KEYS[2])
redis.call('ZADD', KEYS[1], 0, ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1
`)
