import type { Socket } from 'socket.io';

/** What a client may send. */
export interface MessageLimits {
  /** Messages a second, in the long run. Default 20. */
  readonly perSecond: number;
  /** Messages at once. Default 40. */
  readonly burst: number;
  /** Refusals after which the connection is closed; a second within the limits takes one back. Default 200. */
  readonly patience: number;
}

/**
 * Holds a socket to its limits: what is too much is refused with an `exception` event (one a second, so that the answer to a
 * flood is none), and never reaches a gateway; who does not stop is disconnected.
 */
export function limitMessages(socket: Socket, { perSecond, burst, patience }: MessageLimits): void {
  let allowance = burst;
  let refused = 0;
  let seen = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  socket.use((_, next) => {
    const now = performance.now();
    const passed = (now - seen) / 1000;
    seen = now;
    allowance = Math.min(burst, allowance + passed * perSecond);
    if (allowance >= 1) {
      allowance--;
      refused = Math.max(0, refused - passed);
      next();
      return;
    }
    if (++refused > patience) {
      socket.disconnect(true);
      return;
    }
    if (now - told < 1000) return;
    told = now;
    socket.emit('exception', {
      status: 'error',
      code: 'too-many-messages',
      message: `More than ${perSecond} messages a second. Wait, then send less.`,
    });
  });
}
