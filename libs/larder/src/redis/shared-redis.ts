import type { RedisAddress } from './address.js';

/** The Redis that all nodes share, for parts of Larder that open their own connections. */
export class SharedRedis {
  constructor(
    /** `undefined` without Redis: everything stays in this process. */
    readonly address: RedisAddress | undefined,
    /** Of a call, in milliseconds. */
    readonly timeout: number,
    /** Of every name in Redis. */
    readonly prefix: string,
    /** Whether Redis was switched off explicitly. */
    readonly isOff = false,
  ) {}
}
