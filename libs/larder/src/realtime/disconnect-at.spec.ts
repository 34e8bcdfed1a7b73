import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { disconnectAt } from './disconnect-at.js';

/** What is seen of a socket at the client's end. */
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

describe('a socket that is let in until a moment', () => {
  it('is told and disconnected then, and not before', () => {
    const clock = new FakeClock();
    const one = socket();
    disconnectAt(one as never, clock.now() + 60_000, clock);
    clock.advance(59_999);
    expect(one.seen).toEqual([]);
    clock.advance(1);
    expect(one.seen).toEqual(['exception expired', 'disconnected']);
  });

  it('is disconnected at once when the moment is over', () => {
    const clock = new FakeClock();
    const one = socket();
    disconnectAt(one as never, clock.now() - 1, clock);
    expect(one.seen).toEqual(['exception expired', 'disconnected']);
  });

  it('stays for months if it may', () => {
    const clock = new FakeClock();
    const one = socket();
    const days = (count: number) => count * 86_400_000;
    disconnectAt(one as never, clock.now() + days(60), clock);
    clock.advance(days(30));
    expect(one.seen).toEqual([]);
    clock.advance(days(30));
    expect(one.seen).toEqual(['exception expired', 'disconnected']);
  });

  it('leaves no timer behind', () => {
    const clock = new FakeClock();
    const one = socket();
    disconnectAt(one as never, clock.now() + 60_000, clock);
    one.leave();
    clock.advance(60_000);
    expect(one.seen).toEqual([]);
  });
});
