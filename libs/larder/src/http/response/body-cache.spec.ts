import { afterEach, describe, expect, it } from '@jest/globals';
import type { Engine } from '../../cache/engine.js';
import type { Entry } from '../../cache/entries/entry.js';
import { ReadRequest } from '../../cache/state/read-request.js';
import { toSettings } from '../../config/settings.js';
import { createEngine } from '../../create-cache.js';
import { type HttpSettings, toHttpSettings } from '../../decorators/route-options.js';
import { BodyCache } from './body-cache.js';
import { HitHeaders } from './hit-headers.js';

const FIELDS = new HitHeaders(toHttpSettings({}) as HttpSettings, false);

let engine: Engine;

afterEach(() => engine.close());

async function entryOf(name: string): Promise<Entry> {
  const policy = engine.policy({});
  await engine.reader.read(new ReadRequest(name, () => ({ name }), policy));
  return engine.context.store.peek(name) as Entry;
}

describe('BodyCache', () => {
  it('counts bodies towards `maxBytes`, and evicts them with their entries', async () => {
    engine = await createEngine(toSettings({ maxBytes: 10_000 }));
    const bodies = new BodyCache(engine);
    const entry = await entryOf('a');
    const before = engine.context.store.bytes;
    bodies.keep(entry, 'x'.repeat(4000), undefined, FIELDS);
    expect(bodies.of(entry)?.body).toHaveLength(4000);
    expect(engine.context.store.bytes).toBeGreaterThan(before + 4000);
    for (const name of ['b', 'c', 'd']) bodies.keep(await entryOf(name), 'y'.repeat(4000), undefined, FIELDS);
    expect(engine.context.store.bytes).toBeLessThanOrEqual(10_000);
    expect(engine.context.store.evictions).toBeGreaterThan(0);
  });

  it('stores no body that is too large, and no second form of a body', async () => {
    engine = await createEngine(toSettings({ maxBytes: 2000 }));
    const bodies = new BodyCache(engine);
    const entry = await entryOf('a');
    expect(bodies.keep(entry, 'x'.repeat(4000), 1, FIELDS).body).toHaveLength(4000);
    expect(bodies.of(entry)).toBeUndefined();
    const first = bodies.keep(entry, 'x', 1, FIELDS);
    const { bytes } = engine.context.store;
    expect(bodies.keep(entry, 'xy', 2, FIELDS).body.toString()).toBe('xy');
    expect(bodies.of(entry)).toBe(first);
    expect(engine.context.store.bytes).toBe(bytes);
  });
});
