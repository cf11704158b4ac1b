-- Takes back what readers of this group rely on.
-- KEYS: `meta`, `off`. ARGV: the group, how long that stays so (s).
-- First what must be done, which a server without memory does, too.
if redis.call('HGET', KEYS[1], 'group') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
redis.pcall('SET', KEYS[2], '1', 'EX', ARGV[2])
return 'off'
