import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.js';

/** Milliseconds until people sign in again. */
const LIFE = 12 * 3_600_000;
const MAX_COOKIE = 512;

/** Signed cookies. Any process with the same token accepts them, so that nothing is stored. */
export class Sessions {
  readonly #token: Buffer;
  readonly #key: Buffer;
  readonly #clock: Clock;

  constructor(token: string, clock: Clock) {
    this.#token = digestOf(token);
    this.#key = digestOf(`larder dashboard session\0${token}`);
    this.#clock = clock;
  }

  /** Compares in constant time. */
  isToken(given: string): boolean {
    return timingSafeEqual(digestOf(given), this.#token);
  }

  /** @param name of the user, for the list of actions */
  open(name: string): { readonly cookie: string; readonly maxAge: number } {
    const content = Buffer.from(JSON.stringify([name, this.#clock.now() + LIFE])).toString('base64url');
    return { cookie: `${content}.${this.#signatureOf(content)}`, maxAge: LIFE / 1000 };
  }

  /** The name in a cookie; `undefined` for one that is not ours, or has expired. */
  nameIn(cookie: string): string | undefined {
    const [content = '', signature = ''] = cookie.length > MAX_COOKIE ? [] : cookie.split('.');
    const isOurs = timingSafeEqual(digestOf(signature), digestOf(this.#signatureOf(content)));
    if (!isOurs) return undefined;
    const [name, until] = JSON.parse(Buffer.from(content, 'base64url').toString()) as [string, number];
    return until > this.#clock.now() ? name : undefined;
  }

  #signatureOf(content: string): string {
    return createHmac('sha256', this.#key).update(content).digest('base64url');
  }
}

/** Of equal length, whatever the text: `timingSafeEqual` demands it. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
