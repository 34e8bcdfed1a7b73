import { Redis } from 'ioredis';
import { GROUPS, type Item, type ItemKey, nameOf } from '../keys.js';
import type { Scope, Subject, SubjectOptions } from './subject.js';

const LASTS = 10_000;

export async function naive({ redis }: SubjectOptions): Promise<Subject> {
  const client = new Redis(redis, { commandTimeout: 250, maxRetriesPerRequest: 0, enableOfflineQueue: false });
  client.on('error', () => {});
  return new Naive(client);
}

/** The rule of most caches: delete on write, set after load, and a TTL. */
class Naive implements Subject {
  readonly hasStrongReads = false;
  private readonly local = new Map<string, { readonly item: Item; readonly expiresAt: number }>();

  constructor(private readonly redis: Redis) {}

  async read(key: ItemKey, load: () => Promise<Item>): Promise<Item> {
    const stored = await this.peek(key);
    if (stored !== undefined) return stored;
    const item = await load();
    this.keep(item);
    await this.redis.set(item.key, JSON.stringify(item), 'PX', LASTS).catch(() => {});
    return item;
  }

  async peek(key: ItemKey): Promise<Item | undefined> {
    const name = nameOf(key);
    const own = this.local.get(name);
    if (own !== undefined && own.expiresAt > performance.now()) return own.item;
    const text = await this.redis.get(name).catch(() => null);
    if (text === null) return undefined;
    this.keep(JSON.parse(text));
    return JSON.parse(text);
  }

  readMany(keys: readonly ItemKey[], load: (missing: readonly ItemKey[]) => Promise<Item[]>) {
    return Promise.all(keys.map((key) => this.read(key, async () => (await load([key]))[0] as Item)));
  }

  async writeThrough(key: ItemKey, write: () => Promise<Item>): Promise<Item> {
    const item = await write();
    await this.invalidate({ key });
    return item;
  }

  async invalidate(scope: Scope): Promise<boolean> {
    const keys = 'key' in scope ? [scope.key] : GROUPS['prefix' in scope ? scope.prefix : scope.tag];
    const names = (keys ?? []).map(nameOf);
    for (const name of names) this.local.delete(name);
    return this.redis.del(names).then(
      () => true,
      () => false,
    );
  }

  async transact(work: () => Promise<Item>, scope: Scope): Promise<Item> {
    const item = await work();
    await this.invalidate(scope);
    return item;
  }

  async probe(): Promise<boolean> {
    return this.redis.ping().then(
      () => true,
      () => false,
    );
  }

  private keep(item: Item): void {
    this.local.set(item.key, { item, expiresAt: performance.now() + LASTS });
  }
}
