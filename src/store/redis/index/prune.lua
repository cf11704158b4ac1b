-- Takes away up to ARGV[2] values of which every entry was trimmed.
-- KEYS: the stream, its known values. ARGV: prefix of the values' keys, limit.
-- What has no end (+inf) stays: it says which collectors were here.
-- At once, so that no collector adds to a key between the look at its score and its end.
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local edge = '(+inf'
if first then
  edge = '(' .. string.match(first[1], '^%d+')
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', edge, 'LIMIT', 0, ARGV[2])
for _, name in ipairs(gone) do
  redis.call('UNLINK', ARGV[1] .. name)
  redis.call('ZREM', KEYS[2], name)
end
return #gone
