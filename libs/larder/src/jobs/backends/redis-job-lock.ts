import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import type { Connection } from '../../redis/connection.js';
import { RELEASE, RENEW } from '../../redis/lock.js';
import { Script } from '../../redis/script.js';
import type { Taken, Turn, Turns } from '../job-lock.js';

/** How long a turn outlives its process, in milliseconds. */
const LASTS = 4000;
const RENEWED_EVERY = 1000;

const TAKE = new Script(`#!lua
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {ARGV[1], ARGV[2]} end
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}
`);
/** Turns among the runs of all processes: a key with a short life, renewed while its holder lives. */
export class RedisTurns implements Turns {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(connection: Connection, prefix: string, clock: Clock) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  async take(name: string): Promise<Turn | Taken> {
    const key = `{${this.#prefix}}:job:${name}:turn`;
    const token = randomUUID();
    const asked = this.#clock.elapsed();
    const reply = await TAKE.run(this.#connection, [key], [token, LASTS]);
    const [holder, expiresIn] = (reply as readonly unknown[]).map(String) as [string, string];
    return holder === token ? this.#hold(key, token, asked) : { holder, expiresIn: Number(expiresIn) };
  }

  #hold(key: string, token: string, since: number): Turn {
    const loss = new AbortController();
    let until = since + LASTS;
    let isHeld = true;
    const renew = async () => {
      const asked = this.#clock.elapsed();
      const renewed = await RENEW.run(this.#connection, [key], [token, LASTS]).catch(() => undefined);
      if (renewed === 1) until = asked + LASTS;
      if (renewed === 0 || this.#clock.elapsed() >= until) loss.abort(new Error('Another process may run it now.'));
      else plan();
    };
    let cancel = () => {};
    const plan = () => {
      if (isHeld) cancel = this.#clock.after(RENEWED_EVERY, () => void renew());
    };
    plan();
    return {
      lost: loss.signal,
      release: async () => {
        isHeld = false;
        cancel();
        // What cannot be released expires.
        await RELEASE.run(this.#connection, [key], [token]).catch(() => {});
      },
    };
  }
}
