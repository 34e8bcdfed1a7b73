import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { GROUPS, type Item, type ItemKey, nameOf } from '../keys.js';
import type { Scope, Subject, SubjectOptions } from './subject.js';

export async function bentocache({ redis }: SubjectOptions): Promise<Subject> {
  const client = new Redis(redis, { commandTimeout: 250, maxRetriesPerRequest: 0, enableOfflineQueue: false });
  client.on('error', () => {});
  const { hostname: host, port } = new URL(redis);
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxItems: 1000 }))
    .useL2Layer(redisDriver({ connection: client }))
    .useBus(redisBusDriver({ connection: { host, port: Number(port) } }));
  return new Bento(new BentoCache({ default: 'items', ttl: '1h', stores: { items: store } }), client);
}

/** Memory, Redis and a bus between the nodes, as its documentation recommends. */
class Bento implements Subject {
  readonly hasStrongReads = false;
  constructor(
    private readonly cache: Pick<BentoCache<never>, 'get' | 'getOrSet' | 'set' | 'deleteMany' | 'deleteByTag'>,
    private readonly redis: Redis,
  ) {}

  read(key: ItemKey, load: () => Promise<Item>): Promise<Item> {
    return this.cache.getOrSet<Item>({ key: nameOf(key), factory: load, tags: [tagOf(key[1])] });
  }

  peek(key: ItemKey): Promise<Item | undefined> {
    return this.cache.get<Item>({ key: nameOf(key) });
  }

  readMany(keys: readonly ItemKey[], load: (missing: readonly ItemKey[]) => Promise<Item[]>) {
    return Promise.all(keys.map((key) => this.read(key, async () => (await load([key]))[0] as Item)));
  }

  async writeThrough(key: ItemKey, write: () => Promise<Item>): Promise<Item> {
    const item = await write();
    await this.cache.set({ key: item.key, value: item, tags: [tagOf(key[1])] }).catch(() => {});
    return item;
  }

  async invalidate(scope: Scope): Promise<boolean> {
    const told = this.redis.status === 'ready';
    await this.delete(scope).catch(() => {});
    return told && this.redis.status === 'ready';
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

  private async delete(scope: Scope): Promise<void> {
    if ('tag' in scope) await this.cache.deleteByTag({ tags: [tagOf(scope.tag)] });
    else
      await this.cache.deleteMany({ keys: ('key' in scope ? [scope.key] : (GROUPS[scope.prefix] ?? [])).map(nameOf) });
  }
}

function tagOf(group: number): string {
  return `group:${group}`;
}
