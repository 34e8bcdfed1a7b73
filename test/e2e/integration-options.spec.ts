import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../apps/arena/src/arena-options.js';
import { ownKey } from '../../apps/arena/src/features/integrations/vault/own-key.js';
import { SealBroken, TokenVault } from '../../apps/arena/src/features/integrations/vault/token-vault.js';
import { newDataDir } from '../support/arena/arena.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const LEAGUE = {
  name: 'league',
  clientId: 'arena',
  clientSecret: 'hunter2',
  authorizationUrl: 'https://league.test/authorize',
  tokenUrl: 'https://league.test/token',
  accountUrl: 'https://league.test/account',
};

const problemsWith = async (env: Readonly<Record<string, string>>) =>
  readOptions(env).then(
    () => [],
    ({ problems }: { problems: string[] }) => problems,
  );

describe('the providers', () => {
  it('are those of the environment, with defaults for what it omits', async () => {
    const { integrations } = await readOptions({
      ARENA_PROVIDERS: JSON.stringify([{ ...LEAGUE, reuseWindow: '30s' }]),
      ARENA_TOKEN_KEY: `new:${KEY}, old:${KEY}`,
      ARENA_PUBLIC_URL: 'https://arena.test/',
    });
    expect(integrations).toMatchObject({
      providers: [{ ...LEAGUE, refreshTokens: 'rotating', reuseWindow: 30_000, accountId: 'sub', accountName: 'name' }],
      tokenKeys: [{ id: 'new' }, { id: 'old' }],
      publicUrl: 'https://arena.test',
      providerTimeout: 5_000,
    });
  });

  it('with wrong keys are reported by position, without the key', async () => {
    const wrong = await problemsWith({
      ARENA_PROVIDERS: JSON.stringify([{ ...LEAGUE, tokenUrl: 'http://league.test/token', colour: 'red' }]),
      ARENA_TOKEN_KEY: `a:${KEY},a:${KEY}`,
      ARENA_PUBLIC_URL: 'https://arena.test/path',
      ARENA_PROVIDER_TIMEOUT: '1h',
    });
    expect(wrong).toEqual([
      'invalid ARENA_PROVIDERS (not shown): expected an https:// URL (http:// on localhost only) in 0.tokenUrl',
      'invalid ARENA_PROVIDERS (not shown): expected no "colour" in 0',
      expect.stringMatching(/^invalid ARENA_TOKEN_KEY \(not shown\): expected one or more of name:key/),
      "invalid ARENA_PUBLIC_URL: got 'https://arena.test/path', expected a URL without a path, such as https://arena.example.com",
      "invalid ARENA_PROVIDER_TIMEOUT: got '1h', expected a duration from 100ms to 1m, such as 1500 (milliseconds) or 5s",
    ]);
    expect(wrong.join()).not.toMatch(new RegExp(`hunter2|${KEY.slice(0, 20)}`));
    expect(await problemsWith({ ARENA_PROVIDERS: 'league' })).toEqual([
      'invalid ARENA_PROVIDERS (not shown): expected a JSON array of providers',
    ]);
    expect(await problemsWith({ ARENA_PROVIDERS: JSON.stringify([LEAGUE, LEAGUE]) })).toEqual([
      "invalid ARENA_PROVIDERS (not shown): expected different names; 'league' is there twice",
    ]);
  });

  it.each(['short', `a:${KEY.slice(4)}`, KEY, `:${KEY}`])('rejects the key %j', async (key) => {
    expect(await problemsWith({ ARENA_TOKEN_KEY: key })).toHaveLength(1);
  });

  it("needs a key and arena's address in production, where there are no defaults", async () => {
    const env = { NODE_ENV: 'production', ARENA_PROVIDERS: JSON.stringify([LEAGUE]) };
    const names = (problems: string[]) => problems.map((problem) => problem.split(' ')[0]);
    const ours = async (more: object) =>
      names(await problemsWith({ ...env, ...more })).filter((name) => name?.startsWith('ARENA_'));
    expect(await ours({})).toEqual(['ARENA_TOKEN_KEY', 'ARENA_PUBLIC_URL']);
    expect(await ours({ ARENA_TOKEN_KEY: `a:${KEY}`, ARENA_PUBLIC_URL: 'https://arena.test' })).toEqual([]);
    expect(await ours({ ARENA_PROVIDERS: '[]' })).toEqual([]);
  });
});

describe('a missing key', () => {
  it('is created once, readable only by its owner, when several arenas start at once', async () => {
    const dataDir = join(await newDataDir(), 'new');
    const keys = await Promise.all(Array.from({ length: 8 }, () => ownKey(dataDir)));
    expect(new Set(keys.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1);
    expect(keys[0]?.bytes).toHaveLength(32);
    expect((await stat(join(dataDir, 'token-key'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dataDir, 'token-key'), 'base64url')).not.toHaveLength(0);
    await rm(dataDir, { recursive: true });
    await expect(ownKey('/dev/null/arena')).rejects.toThrow('ARENA_TOKEN_KEY is not set; set it to a key');
  });
});

describe('sealed text', () => {
  const key = (id: string, fill: number) => ({ id, bytes: Buffer.alloc(32, fill) });
  const vault = new TokenVault([key('a', 1)]);
  const sealed = vault.seal('refresh-token', ['refresh', '7']);

  it('opens with its key and context alone, and is never the same twice', () => {
    expect(vault.open(sealed, ['refresh', '7'])).toBe('refresh-token');
    expect(vault.seal('refresh-token', ['refresh', '7'])).not.toBe(sealed);
    expect(() => vault.open(sealed, ['refresh', '8'])).toThrow(SealBroken);
    expect(() => vault.open(sealed, ['access', '7'])).toThrow(SealBroken);
    expect(() => new TokenVault([key('a', 2)]).open(sealed, ['refresh', '7'])).toThrow(SealBroken);
    expect(() => new TokenVault([key('b', 1)]).open(sealed, ['refresh', '7'])).toThrow("has no key 'a'");
  });

  it('opens after a key rotation as long as the old key is listed', () => {
    const both = new TokenVault([key('b', 2), key('a', 1)]);
    expect(both.open(sealed, ['refresh', '7'])).toBe('refresh-token');
    expect(both.seal('x', []).startsWith(both.currentSeal)).toBe(true);
    expect(sealed.startsWith(both.currentSeal)).toBe(false);
  });

  it('does not open after any part of it was changed', () => {
    const bytes = Buffer.from(sealed.split('.')[2] as string, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => vault.open(`v1.a.${changed.toString('base64url')}`, ['refresh', '7'])).toThrow(SealBroken);
    }
    for (const other of ['', 'v1', 'v1.a', 'v1.a.', 'v2.a.xx', 'v1.a.AAAA', 'refresh-token']) {
      expect(() => vault.open(other, ['refresh', '7'])).toThrow(SealBroken);
    }
  });
});
