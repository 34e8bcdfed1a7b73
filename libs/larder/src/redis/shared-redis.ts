import type { RedisAddress } from './address.js';

/** The Redis that all nodes share, for parts of Larder that open connections of their own. */
export class SharedRedis {
  constructor(
    /** Where it is; none where everything stays in this process. */
    readonly address: RedisAddress | undefined,
    /** Milliseconds a call may take. */
    readonly timeout: number,
    /** First part of every name in it. */
    readonly prefix: string,
    /** Whether it was switched off on purpose. */
    readonly isOff = false,
  ) {}
}
