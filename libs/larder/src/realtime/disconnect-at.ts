import type { Socket } from 'socket.io';
import { type Clock, SystemClock } from '../base/clock.js';

/** A timer cannot wait longer, in milliseconds. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Closes a socket's connection when what let it in ends, such as its token: a socket that stays in its user's room would go
 * on hearing what is sent there. The client gets an `exception` event with the code `expired` first.
 *
 * @param at when, in milliseconds since the epoch; a moment that is over closes it at once
 *
 * @example
 * ```ts
 * import type { Socket } from 'socket.io';
 * import { disconnectAt } from 'nest-larder/realtime';
 *
 * export function handleConnection(socket: Socket): void {
 *   disconnectAt(socket, socket.data.expiresAt);
 * }
 * ```
 */
export function disconnectAt(
  socket: Pick<Socket, 'emit' | 'disconnect' | 'once'>,
  at: number,
  clock: Clock = new SystemClock(),
): void {
  let cancel = () => {};
  const wait = () => {
    const left = at - clock.now();
    if (left > 0) {
      cancel = clock.after(Math.min(left, MAX_DELAY), wait);
      return;
    }
    socket.emit('exception', {
      status: 'error',
      code: 'expired',
      message: 'What let you in has ended. Sign in again.',
    });
    socket.disconnect(true);
  };
  socket.once('disconnect', () => cancel());
  wait();
}
