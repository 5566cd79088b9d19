import { longestHead } from "../layout/record.ts"
import { type Script, script } from "./script.ts"

/**
 * One page of the index with the heads of the records.
 *
 * Keys: index, log. Arguments: first, last (as for ZRANGE BYLEX), how many. Answers key and head in turn; an
 * empty head for a value that is gone, one that is none for what is no string.
 */
export const entriesScript: Script = script(`
local tag = string.sub(KEYS[2], 1, -4)
local answer = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYLEX', 'LIMIT', 0, ARGV[3])) do
  local head = redis.pcall('GETRANGE', tag .. 'r:' .. key, 0, ${longestHead - 1})
  if type(head) == 'table' then
    -- Anything else is no matter of the record: an access list that hides it.
    if not string.find(head.err, 'WRONGTYPE') then return head end
    head = 'foreign'
  end
  answer[#answer + 1] = key
  answer[#answer + 1] = head
end
return answer
`)
