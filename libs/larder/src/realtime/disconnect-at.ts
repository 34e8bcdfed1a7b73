import type { Socket } from 'socket.io';
import { type Clock, SystemClock } from '../base/clock.js';

/** The longest delay of a Node timer, in milliseconds. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Disconnects a socket when its token expires. Otherwise the socket would keep receiving the events of its user's room. The
 * client first gets an `exception` event with the code `expired`.
 *
 * @param at milliseconds since the epoch; a time in the past disconnects at once
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
      message: 'Your sign-in has expired. Sign in again.',
    });
    socket.disconnect(true);
  };
  socket.once('disconnect', () => cancel());
  wait();
}
