import type { Socket } from 'socket.io';

/** How many messages a client may send. */
export interface MessageLimits {
  /** Average number of messages per second. Default 20. */
  readonly perSecond: number;
  /** How many messages may arrive at once. Default 40. */
  readonly burst: number;
  /** How many refusals close the connection; each second within the limits forgives one. Default 200. */
  readonly patience: number;
}

/**
 * Enforces the limits of a socket. Messages beyond them never reach a gateway; the client gets at most one `exception` event
 * per second, and is disconnected if it goes on.
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
