import { type Script, script } from "./script.ts"

/**
 * Says how a prefix is laid out, and lays it out at its first use.
 *
 * Keys: manifest. Arguments: version of the layout, shards, changes that the logs keep. Answers those that hold.
 */
export const manifestScript: Script = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'layout', ARGV[1], 'shards', ARGV[2], 'changes', ARGV[3])
end
return redis.call('HMGET', KEYS[1], 'layout', 'shards', 'changes')
`)
