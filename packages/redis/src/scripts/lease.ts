import { isUnlaid, unlaid } from "./includes.ts"
import { type Script, script } from "./script.ts"

// A full server refuses what may take memory unless the script has written before: who holds a lease must not lose it by that.
const letThrough = "redis.call('PERSIST', KEYS[1])"

const clock = `
local time = redis.call('TIME')
local now = math.floor(time[1] * 1000 + time[2] / 1000)
`

/** The field that says when a lease was written; with whose, as versions that know nothing of it leave it to the next. */
const clockOf = (nonce: string) => `'clock', ${nonce} .. string.format(' %.0f', now)`

/**
 * Takes a lease. The record stays for ever, so that tokens only rise; they are not below the server's clock in
 * microseconds either, so that they rise also where a failover has lost the last of them.
 *
 * Where the clock stands before the time at which the lease was written, it was set back: then what counts is how long
 * ago that was first seen, which is noted. On a clock that was set right again meanwhile, it ends as it always would.
 *
 * Keys: lease. Arguments: nonce, milliseconds, who asks, shards. Answers 1 and the token; or 0, for how long it is
 * held and by whom; or UNLAID.
 */
export const acquireScript: Script = script(
  clock,
  `
local nonce, token, expires, holder, clock =
  unpack(redis.call('HMGET', KEYS[1], 'nonce', 'token', 'expires', 'holder', 'clock'))
if not token and ${isUnlaid("string.match(KEYS[1], '^.-}')", "ARGV[4]")} then return {'${unlaid}'} end
local ends = string.format('%.0f', now + tonumber(ARGV[2]))
local left = nonce and nonce ~= '' and expires - now or 0
if left > 0 and nonce == ARGV[1] then
  redis.call('HSET', KEYS[1], 'expires', ends, ${clockOf("nonce")})
  return {1, token}
end
if left > 0 then
  local whose, written, seen = string.match(clock or '', '^(%S+) (%d+) ?(%d*)$')
  if whose == nonce and now < tonumber(written) then
    if seen == '' or now < tonumber(seen) then
      seen = now
      redis.pcall('HSET', KEYS[1], 'clock', string.format('%s %s %.0f', whose, written, now))
    end
    left = seen + (expires - written) - now
  end
end
if left > 0 then return {0, string.format('%.0f', left), holder} end
token = string.format('%.0f', math.max((tonumber(token) or 0) + 1, time[1] * 1000000 + time[2]))
redis.call('HSET', KEYS[1], 'nonce', ARGV[1], 'token', token, 'expires', ends, 'holder', ARGV[3], ${clockOf("ARGV[1]")})
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
redis.call('HSET', KEYS[1], 'expires', string.format('%.0f', now + tonumber(ARGV[2])), ${clockOf("nonce")})
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
