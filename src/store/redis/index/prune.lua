-- Takes away up to ARGV[3] segments of which every entry was trimmed.
-- KEYS: the stream, its segments. ARGV: prefix of their keys, keys of each, limit.
-- At once, so that no collector adds to a segment between the look at its score and its end.
local stream, segments = KEYS[1], KEYS[2]
local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
local edge = first and first[1]
if not edge then
  -- What is still to come may be as old as the last entry that was there.
  local info = redis.pcall('XINFO', 'STREAM', stream)
  if info.err then
    return 0
  end
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      edge = info[i + 1]
    end
  end
end
edge = '(' .. string.match(edge, '^%d+')
local gone = redis.call('ZRANGEBYSCORE', segments, '-inf', edge, 'LIMIT', 0, ARGV[3])
for _, name in ipairs(gone) do
  for bucket = 0, ARGV[2] - 1 do
    redis.call('UNLINK', ARGV[1] .. name .. ':' .. bucket)
  end
  redis.call('ZREM', segments, name)
end
return #gone
