import { isUnlaid, unlaid } from "./includes.ts"
import { type Script, script } from "./script.ts"

// A full server refuses what may take memory unless the script has written before: who holds a lease must not lose it by that.
const letThrough = "redis.call('PERSIST', KEYS[1])"

const clock = `
local time = redis.call('TIME')
local now = math.floor(time[1] * 1000 + time[2] / 1000)
`

/**
 * Takes a lease. The record stays for ever, so that tokens only rise; they are not below the server's clock in
 * microseconds either, so that they rise also where a failover has lost the last of them.
 *
 * Keys: lease. Arguments: nonce, milliseconds, who asks, shards. Answers 1 and the token; or 0, for how long it is
 * held and by whom; or UNLAID.
 */
export const acquireScript: Script = script(
  clock,
  `
local nonce, token, expires, holder = unpack(redis.call('HMGET', KEYS[1], 'nonce', 'token', 'expires', 'holder'))
if not token and ${isUnlaid("string.match(KEYS[1], '^.-}')", "ARGV[4]")} then return {'${unlaid}'} end
local ends = string.format('%.0f', now + tonumber(ARGV[2]))
if nonce and nonce ~= '' and tonumber(expires) > now then
  if nonce ~= ARGV[1] then return {0, string.format('%.0f', expires - now), holder} end
  redis.call('HSET', KEYS[1], 'expires', ends)
  return {1, token}
end
token = string.format('%.0f', math.max((tonumber(token) or 0) + 1, time[1] * 1000000 + time[2]))
redis.call('HSET', KEYS[1], 'nonce', ARGV[1], 'token', token, 'expires', ends, 'holder', ARGV[3])
return {1, token}
`,
)

/** Renews a lease. Keys: lease. Arguments: nonce, milliseconds. Answers 1, or 0 when it is not the caller's. */
export const renewScript: Script = script(
  clock,
  `
local nonce, expires = unpack(redis.call('HMGET', KEYS[1], 'nonce', 'expires'))
if nonce ~= ARGV[1] or tonumber(expires) <= now then return 0 end
${letThrough}
redis.call('HSET', KEYS[1], 'expires', string.format('%.0f', now + tonumber(ARGV[2])))
return 1
`,
)

/** Frees a lease. Keys: lease. Arguments: nonce. Answers 1, or 0 when it is not the caller's. */
export const releaseScript: Script = script(`
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
${letThrough}
redis.call('HSET', KEYS[1], 'nonce', '', 'expires', '0')
return 1
`)
