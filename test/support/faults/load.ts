import { setTimeout as delay } from 'node:timers/promises';
import { moment } from '../history/moment.js';
import type { Operation } from '../history/operations.js';
import type { Random } from '../history/random.js';
import { until } from '../until.js';
import type { Part } from './kinds/kind.js';
import { AS_ADMIN, CHECKED, LIST, type Site, VIEWED, versionOf } from './site/site.js';
import type { SiteArena } from './site/site-arena.js';

/** Milliseconds after which a request counts as hanging. */
const TIMEOUT = 15_000;
const READERS = 2;

/** Requests that may be refused during a fault. None during faults of Redis. */
const MAY_FAIL: Readonly<Record<Part, RegExp>> = {
  Redis: /^(?!)/,
  PostgreSQL: /^answered with (500|503)$/,
  processes: /^(no answer|answered with 503)$/,
};

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Clients that read, write and view items on every arena, and record the responses. */
export class Load {
  readonly operations: Operation[] = [];
  /** Views that were answered, and views that may have counted. */
  readonly views = { answered: 0, asked: 0 };
  /** Requests that failed as allowed. */
  refused = 0;
  private isOn = true;
  private readonly clients: Promise<void>[];

  constructor(
    private readonly site: Site,
    private readonly part: Part,
    private readonly random: Random,
  ) {
    this.clients = site.arenas.flatMap((arena) => [
      ...Array.from({ length: READERS }, () => this.keepOn(8, () => this.read(arena))),
      this.keepOn(50, () => this.write(arena)),
      this.keepOn(40, () => this.look(arena)),
      this.keepOn(200, () => this.probe(arena)),
    ]);
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await Promise.all(this.clients);
  }

  /** Whether an invalidation of this arena reached the others. */
  async probe(arena: SiteArena): Promise<boolean> {
    let isDelivered = false;
    await this.record(arena, 'probe', async () => {
      const init = { method: 'POST', headers: AS_ADMIN, body: JSON.stringify({ keys: [['probe']] }) };
      const { delivered } = await this.ask<{ delivered: number }>(arena, '/admin/cache/invalidate', init);
      isDelivered = delivered === 1;
      return [{ kind: 'delivery', delivered: isDelivered }];
    });
    return isDelivered;
  }

  /** Reads everything on an arena, each value in both ways. @returns whether it equals the database */
  async readAll(arena: SiteArena, database: ReadonlyMap<string, number>, isFinal: boolean): Promise<boolean> {
    const before = this.operations.length;
    await this.readList(arena, isFinal);
    for (const key of this.site.keys) await this.readOne(arena, key, isFinal);
    const reads = this.operations.slice(before).filter((one) => one.kind === 'read');
    return reads.length === 2 * this.site.keys.length && reads.every((one) => one.version === database.get(one.key));
  }

  /**
   * Waits until all views counted by these arenas are written. Each arena sends its views in order, so that a written view
   * proves that all earlier ones are written, except those in another batch.
   */
  async untilCounted(arenas: readonly SiteArena[], patience: number): Promise<void> {
    const { site } = this;
    const before = await site.views([CHECKED]);
    await Promise.all(arenas.map((arena) => this.ask(arena, `/marketplace/items/${CHECKED}`)));
    const isWritten = async () =>
      (await site.views([CHECKED])) >= before + arenas.length && (await site.hasNoBatches());
    await until(isWritten, patience);
  }

  private async keepOn(pause: number, step: () => Promise<unknown>): Promise<void> {
    while (this.isOn) {
      await step();
      await delay(this.random.between(0.5, 1.5) * pause);
    }
  }

  private read(arena: SiteArena): Promise<void> {
    if (this.random.next() < 0.3) return this.readList(arena, false);
    return this.readOne(arena, this.random.oneOf(this.site.keys), false);
  }

  private readOne(arena: SiteArena, key: string, isFinal: boolean): Promise<void> {
    return this.record(arena, 'read', async () => [
      readOf('one', await this.ask<Named>(arena, `/v1/tournaments/${key}`), isFinal),
    ]);
  }

  private readList(arena: SiteArena, isFinal: boolean): Promise<void> {
    return this.record(arena, 'list', async () => {
      const { items } = await this.ask<{ items: Named[] }>(arena, LIST);
      return items.map((item) => readOf('list', item, isFinal));
    });
  }

  private write(arena: SiteArena): Promise<void> {
    const key = this.random.oneOf(this.site.keys);
    return this.record(arena, 'write', async () => {
      const headers = { Authorization: `Bearer ${this.site.token}` };
      const init = { method: 'PATCH', headers, body: JSON.stringify({ name: 'The next one' }) };
      const { name } = await this.ask<Named>(arena, `/v1/tournaments/${key}`, init);
      return [{ kind: 'write', how: 'PATCH', key, version: versionOf(name) }];
    });
  }

  private look(arena: SiteArena): Promise<void> {
    this.views.asked++;
    return this.record(arena, 'look', async () => {
      await this.ask(arena, `/marketplace/items/${this.random.oneOf(VIEWED)}`);
      this.views.answered++;
      return [];
    });
  }

  private async ask<Body>(
    arena: SiteArena,
    path: string,
    init: RequestInit & { headers?: object } = {},
  ): Promise<Body> {
    const headers = { ...init.headers, 'Content-Type': 'application/json' };
    const response = await fetch(arena.url + path, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) throw new Error(`answered with ${response.status}`);
    return (await response.json()) as Body;
  }

  private async record(arena: SiteArena, what: string, run: () => Promise<readonly Outcome[]>): Promise<void> {
    // The process at the begin of the request: a restart may replace it before the end.
    const node = arena.name;
    const began = moment();
    try {
      const outcomes = await run();
      const ended = moment();
      for (const outcome of outcomes) this.operations.push({ ...outcome, node, began, ended, awake: ended - began });
    } catch (problem) {
      const error = errorOf(problem);
      if (MAY_FAIL[this.part].test(error)) this.refused++;
      else this.operations.push({ kind: 'failure', what, error, node, began, ended: moment(), awake: 0 });
    }
  }
}

type Common = 'node' | 'began' | 'ended' | 'awake';
type Outcome<Kind extends Operation = Operation> = Kind extends Operation ? Omit<Kind, Common> : never;

function readOf(how: string, { id, name }: Named, isFinal: boolean): Outcome {
  const version = versionOf(name);
  return { kind: 'read', how, key: id, version, strong: false, isLoaded: false, ...(isFinal && { isFinal }) };
}

/** A broken connection is no answer; a request that hangs is a violation. */
function errorOf(problem: unknown): string {
  const { name, message } = problem as Error;
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT} ms`;
  return message.startsWith('answered') ? message : 'no answer';
}
