-- Takes away up to ARGV[2] values of which every entry was trimmed.
-- KEYS: the stream, its known values. ARGV: prefix of the values' keys, limit.
-- What has no end (+inf) stays: it says which collectors were here.
-- At once, so that no collector adds to a key between the look at its score and its end.
local stream, known = KEYS[1], KEYS[2]
local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
local edge = first and first[1]
if not edge then
  -- Scores are ahead of their entries: those that are still to come must lie behind them, too.
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
local gone = redis.call('ZRANGEBYSCORE', known, '-inf', edge, 'LIMIT', 0, ARGV[2])
for _, name in ipairs(gone) do
  redis.call('UNLINK', ARGV[1] .. name)
  redis.call('ZREM', known, name)
end
return #gone
