import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { disconnectAt } from './disconnect-at.js';

/** A socket that records what its client sees. */
function socket() {
  const seen: string[] = [];
  const events = new EventEmitter();
  return {
    seen,
    emit: (event: string, { code }: { code: string }) => seen.push(`${event} ${code}`) > 0,
    disconnect: () => {
      seen.push('disconnected');
      events.emit('disconnect');
    },
    once: (event: string, listener: () => void) => events.once(event, listener),
    leave: () => events.emit('disconnect'),
  };
}

describe('disconnectAt', () => {
  it('sends `expired` and disconnects at the given time, not before', () => {
    const clock = new FakeClock();
    const one = socket();
    disconnectAt(one as never, clock.now() + 60_000, clock);
    clock.advance(59_999);
    expect(one.seen).toEqual([]);
    clock.advance(1);
    expect(one.seen).toEqual(['exception expired', 'disconnected']);
  });

  it('disconnects at once when the time has passed', () => {
    const clock = new FakeClock();
    const one = socket();
    disconnectAt(one as never, clock.now() - 1, clock);
    expect(one.seen).toEqual(['exception expired', 'disconnected']);
  });

  it('keeps a connection for longer than one timer can wait', () => {
    const clock = new FakeClock();
    const one = socket();
    const days = (count: number) => count * 86_400_000;
    disconnectAt(one as never, clock.now() + days(60), clock);
    clock.advance(days(30));
    expect(one.seen).toEqual([]);
    clock.advance(days(30));
    expect(one.seen).toEqual(['exception expired', 'disconnected']);
  });

  it('cancels its timer when the client disconnects', () => {
    const clock = new FakeClock();
    const one = socket();
    disconnectAt(one as never, clock.now() + 60_000, clock);
    one.leave();
    clock.advance(60_000);
    expect(one.seen).toEqual([]);
  });
});
