import { type Cache, type CacheOptions, createCache, type Target, tag } from 'nest-larder';
import type { Item, ItemKey } from '../keys.js';
import type { Random } from '../random.js';
import type { Scope, Subject, SubjectOptions } from './subject.js';

export async function larder(options: SubjectOptions, random: Random): Promise<Subject> {
  const { redis, maxStaleness, waitReplicas } = options;
  return new Larder(await createCache({ redis, maxStaleness, waitReplicas, defaultTtl: '1h' }), random);
}

class Larder implements Subject {
  readonly hasStrongReads = true;
  constructor(
    private readonly cache: Cache,
    private readonly random: Random,
  ) {}

  read(key: ItemKey, load: () => Promise<Item>, isStrong: boolean): Promise<Item> {
    return this.cache.getOrLoad(key, load, this.optionsFor(key[1], isStrong));
  }

  peek(key: ItemKey): Promise<Item | undefined> {
    return this.cache.get(key);
  }

  readMany(keys: readonly ItemKey[], load: (missing: readonly ItemKey[]) => Promise<Item[]>, isStrong: boolean) {
    const options = this.optionsFor((keys[0] as ItemKey)[1], isStrong);
    return this.cache.getMany<Item>(keys, (missing) => load(missing as readonly ItemKey[]), options);
  }

  writeThrough(key: ItemKey, write: () => Promise<Item>): Promise<Item> {
    return this.cache.writeThrough(key, write, { tags: [tagOf(key[1])] });
  }

  async invalidate(scope: Scope): Promise<boolean> {
    const { delivered } = await this.cache.invalidate(targetOf(scope));
    return delivered;
  }

  transact(work: () => Promise<Item>, scope: Scope): Promise<Item> {
    return this.cache.deferInvalidations(async () => {
      await this.cache.invalidate(targetOf(scope));
      return work();
    });
  }

  async probe(): Promise<boolean> {
    return (await this.cache.invalidate(['probe'])).delivered;
  }

  /** Tags are known before the load or only after it. */
  private optionsFor(group: number, isStrong: boolean): CacheOptions<Item> {
    const tags = [tagOf(group)];
    return {
      tags: this.random.next() < 0.2 ? () => tags : tags,
      consistency: isStrong ? 'strong' : 'bounded',
    };
  }
}

function tagOf(group: number) {
  return tag(`group:${group}`);
}

function targetOf(scope: Scope): Target {
  if ('key' in scope) return scope.key;
  return 'prefix' in scope ? ['shop', scope.prefix] : tagOf(scope.tag);
}
