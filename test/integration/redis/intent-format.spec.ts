import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { INTENT_FORMAT } from '../../../libs/larder/src/redis-cache/journal/lua/intent-format.js';
import { RedisServer } from '../../support/servers/redis-server.js';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

/** Write intents as scripts hold them, from none to more than one byte can count. */
const INTENTS = `
local function intents(count, slots)
  local found = {}
  for at = 1, count do
    local versions = {0, 127, 128, 65535, 4294967296}
    for slot = 1, slots do versions[#versions + 1] = 1766000000000000 + slot end
    found[string.format('%024d', at)] = {
      expires = 1766000030000000 + at, overlapped = at % 2 == 0, versions = versions,
      slots = string.rep(string.char(0, 0, 1, 255), slots + 1), bumps = string.rep('x', at),
    }
  end
  return found
end
local function isSame(one, other)
  if type(one) ~= 'table' or type(other) ~= 'table' then return one == other end
  for name, member in pairs(one) do if not isSame(member, other[name]) then return false end end
  for name in pairs(other) do if one[name] == nil then return false end end
  return true
end
`;
/** As on a server without that library. */
const WITHOUT_LIBRARY = INTENT_FORMAT.replace("rawget(_G, 'cmsgpack')", 'nil');
const run = (body: string) => server.command('EVAL', WITHOUT_LIBRARY + INTENTS + body, '0');

it.each([
  [1, 0],
  [2, 3],
  [20, 70],
  [300, 20],
  [1, 2000],
])(
  '%i intents with %i slots: a server without `cmsgpack` and one that has it read the same texts',
  async (count, slots) => {
    const given = `local given = intents(${count}, ${slots})\n`;
    expect(await run(`${given}return isSame(decoded(cmsgpack.pack(given)), given) and 1 or 0`)).toBe(1);
    expect(await run(`${given}return isSame(cmsgpack.unpack(encoded(given)), given) and 1 or 0`)).toBe(1);
    expect(await run(`${given}return isSame(decoded(encoded(given)), given) and 1 or 0`)).toBe(1);
  },
);

it('uses `cmsgpack` where the server has it', async () => {
  expect(WITHOUT_LIBRARY).not.toBe(INTENT_FORMAT);
  const isThat = 'return encoded == cmsgpack.pack and decoded == cmsgpack.unpack and 1 or 0';
  expect(await server.command('EVAL', INTENT_FORMAT + isThat, '0')).toBe(1);
});

it('a text that is none is an error', async () => {
  for (const text of [
    "''",
    "'\\223\\255'",
    "string.char(0xcb) .. 'abcdefgh'",
    'string.sub(encoded(intents(1, 3)), 1, 40)',
  ]) {
    expect(await run(`return pcall(decoded, ${text}) and 1 or 0`)).toBe(0);
  }
});
