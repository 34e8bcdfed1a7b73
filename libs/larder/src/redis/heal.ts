/**
 * Lua that scripts begin with: `heal(key, kind)` deletes a key that holds another kind of value. Larder did not write that, and
 * every command on it would fail. Answers whether there was one.
 */
export const HEAL = `
local function heal(key, kind)
  local found = redis.call('TYPE', key).ok
  if found == kind or found == 'none' then return false end
  redis.call('DEL', key)
  return true
end
`;
