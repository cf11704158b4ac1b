-- Says what readers may rely on, or goes on to.
-- KEYS: the stream, `meta`, `segments`, `off`.
-- ARGV: the group, how long `meta` lives, how long keys live (s), how far ids may be ahead (ms),
-- prefix of the segments' keys, keys of each.
local stream, meta, segments, off = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group = ARGV[1]

local held = redis.call('HMGET', meta, 'group', 'run', 'evicted', 'last')

-- What another group relies on is its own affair.
local function withdraw()
  if held[1] == group then
    redis.call('DEL', meta)
  end
end

local function field(pairs, name)
  for i = 1, #pairs, 2 do
    if pairs[i] == name then
      return pairs[i + 1]
    end
  end
end

-- Whether one entry id lies before another. Numbers of 64 bits do not fit into those of Lua.
local function less(a, b)
  if #a ~= #b then
    return #a < #b
  end
  return a < b
end
local function before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  return less(a_ms, b_ms) or (a_ms == b_ms and less(a_seq, b_seq))
end

if redis.call('EXISTS', off) == 1 then
  withdraw()
  return 'off'
end

local groups = redis.pcall('XINFO', 'GROUPS', stream)
local delivered
if not groups.err then
  for _, one in ipairs(groups) do
    if field(one, 'name') == group then
      delivered = field(one, 'last-delivered-id')
    end
  end
end
if not delivered then
  withdraw()
  return 'no group'
end

local last = field(redis.call('XINFO', 'STREAM', stream), 'last-generated-id')
local time = redis.call('TIME')
if tonumber(string.match(last, '^%d+')) > time[1] * 1000 + ARGV[4] then
  withdraw()
  return 'ahead'
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local evicted = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
local holds = held[1] and held[2] == run and held[3] == evicted and not before(last, held[4])
if holds and held[1] ~= group then
  return 'another group'
end
if not holds then
  redis.call('DEL', meta)
  local from = last
  if delivered == '0-0' then
    from = delivered
  end
  -- Readers scan all that segments tell of; and no collector may rely any more on what it has put
  -- into one.
  for _, name in ipairs(redis.call('ZRANGE', segments, 0, -1)) do
    for bucket = 0, ARGV[6] - 1 do
      redis.call('UNLINK', ARGV[5] .. name .. ':' .. bucket)
    end
  end
  redis.call('DEL', segments)
  redis.call('HSET', meta, 'group', group, 'run', run, 'evicted', evicted, 'from', from)
end
redis.call('HSET', meta, 'last', last)
redis.call('EXPIRE', meta, ARGV[2])
redis.call('EXPIRE', segments, ARGV[3])
return holds and 'kept' or 'anew'
