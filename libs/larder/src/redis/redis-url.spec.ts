import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LarderOptionsError } from '../base/errors.js';
import { parseRedisUrl } from './redis-url.js';

function problem(url: string): string {
  try {
    parseRedisUrl(url);
    return '';
  } catch (error) {
    if (error instanceof LarderOptionsError) return error.problems.join('\n');
    throw error;
  }
}

describe('parseRedisUrl', () => {
  it.each(['0', '4', '6'])('accepts the address family %s', (family) => {
    const { options } = parseRedisUrl(`redis://host?family=${family}`);
    expect(options).toMatchObject({ host: 'host', port: 6379, db: 0, family: Number(family) });
  });

  it('accepts the account of Sentinels, and TLS for Sentinels and servers', () => {
    const account = 'sentinelUsername=watch&sentinelPassword=p%40ss';
    expect(parseRedisUrl(`rediss+sentinel://user:pw@one,two:1/main/3?${account}`).options).toMatchObject({
      username: 'user',
      password: 'pw',
      name: 'main',
      db: 3,
      sentinelUsername: 'watch',
      sentinelPassword: 'p@ss',
      tls: {},
      sentinelTLS: {},
      enableTLSForSentinelMode: true,
      sentinels: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 1 },
      ],
    });
  });

  it('accepts files for TLS', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'larder-ca-')), 'ca file.pem');
    await writeFile(file, 'certificate');
    const { options } = parseRedisUrl(`rediss+cluster://host?ca=${encodeURIComponent(file)}&servername=redis.internal`);
    expect(options.tls).toEqual({ ca: Buffer.from('certificate'), servername: 'redis.internal' });
  });

  it.each([
    ['redis://host?famly=0', 'an unknown parameter: got famly, expected client, family, ca, cert'],
    ['redis://host?family=5', 'a parameter family that is not 0 (both), 4 or 6'],
    ['redis://host?ca=/a', 'the parameter ca, which is for TLS; begin the URL with rediss'],
    ['rediss://host?ca=/no/such/file', 'a parameter ca that names no readable file (ENOENT)'],
    ['redis://host?sentinelPassword=secret', 'the parameter sentinelPassword, which is for redis+sentinel://'],
    ['redis://:secret/word@host', 'invalid Redis URL (not shown, it may hold a password): expected redis://'],
  ])('reports the problem of %s without secrets', (url, expected) => {
    expect(problem(url)).toContain(expected);
    expect(problem(url)).not.toContain('secret');
  });
});
