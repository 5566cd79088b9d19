import { isUnlaid, unlaid } from "./includes.ts"
import { type Script, script } from "./script.ts"

/**
 * Says where the log ends, so that a watch knows where it has begun; an empty one gets a first entry for that.
 *
 * Keys: log. Arguments: shards. Answers the id and the operation of the last entry, or UNLAID.
 */
export const anchorScript: Script = script(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then return {last[1], last[2][4]} end
if ${isUnlaid("string.sub(KEYS[1], 1, -4)", "ARGV[1]")} then return '${unlaid}' end
return {redis.call('XADD', KEYS[1], '*', 'w', '', 'o', ''), ''}
`)
