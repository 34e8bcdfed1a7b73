import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.js';
import { Sessions } from './sessions.js';

const TOKEN = '6f0b3c1e9a7d42588e21bb07';
const start = (clock = new FakeClock()) => new Sessions(TOKEN, clock);

// `timingSafeEqual` throws for buffers of unequal length: these pass only while digests of one length are compared.
it.each([
  ['no text', ''],
  ['a shorter text', 'x'],
  ['a prefix of the token', TOKEN.slice(0, -1)],
  ['the token with more behind it', `${TOKEN}0`],
  ['a long text', 'x'.repeat(1_000_000)],
  ['a text of as many characters and more bytes', 'ü'.repeat(TOKEN.length)],
  ['the token with a null character', `${TOKEN}\0`],
  ['the token in capitals', TOKEN.toUpperCase()],
  ['the digest of the token', createHash('sha256').update(TOKEN).digest('hex')],
])('refuses %s without an exception', (_, given) => {
  expect(start().isToken(given)).toBe(false);
});

it('knows the token', () => {
  expect(start().isToken(TOKEN)).toBe(true);
});

it('refuses cookies whose signature is of another length, without an exception', () => {
  const sessions = start();
  const { cookie } = sessions.open('Ada');
  expect(sessions.nameIn(cookie)).toBe('Ada');
  const [content = '', signature = ''] = cookie.split('.');
  for (const other of ['', signature.slice(1), `${signature}A`, signature.repeat(5), 'ü'.repeat(signature.length)]) {
    expect(sessions.nameIn(`${content}.${other}`)).toBeUndefined();
  }
});

it('refuses a cookie after twelve hours, and one of another token', () => {
  const clock = new FakeClock();
  const sessions = start(clock);
  const { cookie } = sessions.open('Ada');
  expect(new Sessions(`${TOKEN}0`, clock).nameIn(cookie)).toBeUndefined();
  clock.advance(12 * 3_600_000 - 1);
  expect(sessions.nameIn(cookie)).toBe('Ada');
  clock.advance(1);
  expect(sessions.nameIn(cookie)).toBeUndefined();
});
