import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './databases/database.js';
import { GROUPS, type Item, type ItemKey, KEYS, nameOf, OWN_GROUP, OWN_KEYS, SHARED_KEYS } from './keys.js';
import type { Mode } from './node/node-messages.js';
import type { Read } from './operations.js';
import type { Random } from './random.js';
import type { Recorder } from './recorder.js';
import type { Scope, Subject } from './subjects/subject.js';

const READERS = 4;
const WRITERS = 2;

interface Parts {
  readonly subject: Subject;
  readonly database: Database;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly mode: Mode;
  readonly writePause: number;
  /** The place of the node in the fleet. */
  readonly node: number;
}

/** New values must follow soon after one whose writer died. Milliseconds. */
const LONGEST_OWN_PAUSE = 300;

/** The operations of a node: it reads a handful of keys, and now and then writes one. */
export class Workload {
  private isResting = false;
  private readonly loops: Promise<void>[];

  constructor(private readonly parts: Parts) {
    const { random, writePause } = parts;
    const repeat = (times: number, pause: () => number, step: () => Promise<void>) =>
      Array.from({ length: times }, () => this.loop(pause, step));
    this.loops = [
      ...repeat(
        READERS,
        () => random.between(2, 12),
        () => this.readOnce(),
      ),
      ...repeat(
        WRITERS,
        () => random.between(0.1, 1) * writePause,
        () => this.writeOnce(),
      ),
      ...repeat(
        parts.subject.set === undefined ? 0 : 1,
        () => random.between(0.1, 1) * Math.min(writePause, LONGEST_OWN_PAUSE),
        () => this.setOnce(),
      ),
      ...repeat(
        1,
        () => 300,
        () => this.probe(),
      ),
    ];
  }

  /** Resolves when pending operations have ended and all invalidations are delivered, or after a timeout. */
  async rest(): Promise<void> {
    this.isResting = true;
    await Promise.all(this.loops);
    const { subject } = this.parts;
    for (let attempt = 0; attempt < 200 && !(await subject.probe()); attempt++) await delay(100);
    await this.probe();
  }

  /** Reads every key, in every way. */
  async readAll(): Promise<void> {
    const { recorder, subject } = this.parts;
    for (const key of KEYS) {
      for (const isStrong of subject.hasStrongReads ? [false, true] : [false]) {
        await recorder.record('last read', async () => [{ ...(await this.read(key, isStrong)), isFinal: true }]);
      }
    }
  }

  private async loop(pause: () => number, step: () => Promise<void>): Promise<void> {
    while (!this.isResting) {
      await step();
      await delay(pause());
    }
  }

  private async readOnce(): Promise<void> {
    const { random, recorder, mode, subject } = this.parts;
    const isStrong = subject.hasStrongReads && random.next() < (mode === 'strong' ? 0.8 : 0.1);
    const key = random.oneOf(KEYS);
    const chance = random.next();
    if (chance < 0.8) await recorder.record('getOrLoad', async () => [await this.read(key, isStrong)]);
    else if (chance < 0.9) await recorder.record('getMany', () => this.readGroup(random.oneOf(GROUPS), isStrong));
    else {
      await recorder.record('get', async () => [readOf('get', key, await subject.peek(key), false, false)]);
    }
  }

  private async read(key: ItemKey, isStrong: boolean) {
    const { database, subject } = this.parts;
    let isLoaded = false;
    const load = async () => {
      isLoaded = true;
      return (await database.load([nameOf(key)]))[0] as Item;
    };
    const item = await subject.read(key, load, isStrong);
    return readOf('getOrLoad', key, item, isStrong, isLoaded);
  }

  private async readGroup(keys: readonly ItemKey[], isStrong: boolean) {
    const { database, subject } = this.parts;
    const loaded = new Set<string>();
    const load = (missing: readonly ItemKey[]) => {
      for (const key of missing) loaded.add(nameOf(key));
      return database.load(missing.map(nameOf));
    };
    const items = await subject.readMany(keys, load, isStrong);
    return keys.map((key, index) => readOf('getMany', key, items[index], isStrong, loaded.has(nameOf(key))));
  }

  private async writeOnce(): Promise<void> {
    const { random, recorder, subject } = this.parts;
    const key = random.oneOf(SHARED_KEYS);
    if (subject.writesAlone) return recorder.record('sql', () => this.writeAlone(key));
    const group = key[1];
    const scope = random.oneOf<Scope>([{ key }, { prefix: group }, { tag: group }]);
    const chance = random.next();
    if (chance < 0.4) await recorder.record('writeThrough', () => this.writeThrough(key));
    else if (chance < 0.6) await recorder.record('transact', () => this.transact(key, scope));
    else await recorder.record('update', () => this.updateAndInvalidate(key, scope));
  }

  /** Now and then the group is invalidated in the same turn. */
  private async setOnce(): Promise<void> {
    const { database, node, random, recorder, subject } = this.parts;
    const key = OWN_KEYS[node] as ItemKey;
    await recorder.record('set', async () => {
      const item = await database.increment(nameOf(key));
      const isSet = subject.set?.(key, item);
      if (random.next() < 0.3) await subject.invalidate({ prefix: OWN_GROUP });
      await isSet;
      return [{ kind: 'write', how: 'set', key: nameOf(key), version: item.version } as const];
    });
  }

  private async writeAlone(key: ItemKey) {
    const { version } = await this.parts.database.increment(nameOf(key));
    return [{ kind: 'write', how: 'sql', key: nameOf(key), version } as const];
  }

  private async writeThrough(key: ItemKey) {
    const { database, subject } = this.parts;
    const { version } = await subject.writeThrough(key, () => database.increment(nameOf(key)));
    return [{ kind: 'write', how: 'writeThrough', key: nameOf(key), version } as const];
  }

  private async transact(key: ItemKey, scope: Scope) {
    const { database, subject } = this.parts;
    const { version } = await subject.transact(() => database.increment(nameOf(key)), scope);
    return [{ kind: 'write', how: `transact ${Object.keys(scope)}`, key: nameOf(key), version } as const];
  }

  private async updateAndInvalidate(key: ItemKey, scope: Scope) {
    const { database, recorder, subject } = this.parts;
    const { version } = await database.increment(nameOf(key));
    const of = { key: nameOf(key), version };
    await recorder.record('invalidate', async () => [
      { kind: 'delivery', delivered: await subject.invalidate(scope), of } as const,
    ]);
    return [{ kind: 'write', how: `invalidate ${Object.keys(scope)}`, ...of } as const];
  }

  private probe(): Promise<void> {
    const { recorder, subject } = this.parts;
    return recorder.record('probe', async () => [{ kind: 'delivery', delivered: await subject.probe() } as const]);
  }
}

function readOf(how: string, key: ItemKey, item: Item | undefined, strong: boolean, isLoaded: boolean) {
  const name = nameOf(key);
  if (item !== undefined && item.key !== name) throw new Error(`${name} was read and ${item.key} returned`);
  return { kind: 'read', how, key: name, version: item?.version, strong, isLoaded } as const satisfies Partial<Read>;
}
