import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { Outbox, type OutboxBounds } from './outbox.js';

/** A Redis that accepts messages, refuses them, or breaks the connection. */
class Stream {
  readonly taken: unknown[] = [];
  isReady = true;
  failure: Error | undefined;

  async send([message]: readonly unknown[]): Promise<string> {
    if (this.failure !== undefined) throw this.failure;
    this.taken.push(message);
    return `${this.taken.length}-0`;
  }
}

function outboxOn(stream: Stream, bounds: Partial<OutboxBounds> = {}) {
  const clock = new FakeClock();
  const outbox = new Outbox({
    send: (args) => stream.send(args),
    isReady: () => stream.isReady,
    clock,
    bounds: { messages: 100, bytes: 1000, age: 1000, ...bounds },
  });
  const add = (message: unknown) => outbox.add([message]).catch(() => undefined);
  return { outbox, clock, add };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('Outbox', () => {
  it('sends at once while Redis is available, and returns its reply', async () => {
    const stream = new Stream();
    const { outbox } = outboxOn(stream);
    expect(await outbox.add(['a'])).toBe('1-0');
    expect(outbox.stats).toEqual({ published: 1, lost: 0, waiting: 0 });
  });

  it('buffers messages while Redis is unavailable, and sends them in order', async () => {
    const stream = new Stream();
    const { outbox, add } = outboxOn(stream);
    stream.isReady = false;
    await Promise.all([add('a'), add('b')]);
    expect(outbox.stats).toEqual({ published: 0, lost: 0, waiting: 2 });
    stream.isReady = true;
    await add('c');
    outbox.flush();
    await settle();
    expect(stream.taken).toEqual(['a', 'b', 'c']);
    expect(outbox.stats).toEqual({ published: 3, lost: 0, waiting: 0 });
  });

  it('retries a message that Redis refused', async () => {
    const stream = new Stream();
    const { outbox, clock, add } = outboxOn(stream);
    stream.failure = new Error("READONLY You can't write against a read only replica.");
    await add('a');
    stream.failure = undefined;
    await clock.advance(100);
    await settle();
    expect(stream.taken).toEqual(['a']);
    expect(outbox.stats).toEqual({ published: 1, lost: 0, waiting: 0 });
  });

  it('does not retry a message that may have arrived', async () => {
    const stream = new Stream();
    const { outbox, clock, add } = outboxOn(stream);
    stream.failure = new Error('Connection is closed.');
    await add('a');
    stream.failure = undefined;
    await clock.advance(1000);
    expect(stream.taken).toEqual([]);
    expect(outbox.stats).toEqual({ published: 0, lost: 1, waiting: 0 });
  });

  it.each<[string, Partial<OutboxBounds>, readonly string[]]>([
    ['messages', { messages: 2 }, ['b', 'c']],
    ['bytes', { bytes: 2 }, ['b', 'c']],
  ])('drops the oldest messages beyond its limit of %s, and counts them as lost', async (_, bounds, kept) => {
    const stream = new Stream();
    const { outbox, add } = outboxOn(stream, bounds);
    stream.isReady = false;
    await Promise.all(['a', 'b', 'c'].map(add));
    expect(outbox.stats).toEqual({ published: 0, lost: 1, waiting: 2 });
    stream.isReady = true;
    outbox.flush();
    await settle();
    expect(stream.taken).toEqual(kept);
  });

  it('drops messages older than the maximum age', async () => {
    const stream = new Stream();
    const { outbox, clock, add } = outboxOn(stream);
    stream.isReady = false;
    await add('a');
    await clock.advance(600);
    await add('b');
    await clock.advance(600);
    expect(outbox.stats).toEqual({ published: 0, lost: 1, waiting: 1 });
  });
});
