import { pathToFileURL } from 'node:url';
import type { Cache, CacheOptions, Tag, Target } from 'nest-larder';
import type { Item, ItemKey } from '../keys.js';
import type { Random } from '../random.js';
import type { Scope, Subject, SubjectOptions } from './subject.js';

export async function larder(options: SubjectOptions, random: Random): Promise<Subject> {
  const { redis, maxStaleness, waitReplicas, library, feedUrl } = options;
  const { createCache, tag } = await (library === undefined ? import('nest-larder') : released(library));
  const cache = await createCache({ redis, maxStaleness, waitReplicas, defaultTtl: '1h' });
  if (feedUrl !== undefined) await startFeed(cache, feedUrl);
  return new Larder(cache, random, tag);
}

/** Its change feed reads until the process ends. */
async function startFeed(cache: Cache, url: string): Promise<void> {
  const [{ ChangeFeed }, { feedOptions }] = await Promise.all([
    import('nest-larder/change-feed'),
    import('../databases/postgres-database.js'),
  ]);
  await new ChangeFeed(cache, feedOptions(url)).start();
}

/** Another release, whose entry point is this file. */
function released(file: string): Promise<typeof import('nest-larder')> {
  return import(pathToFileURL(file).href);
}

class Larder implements Subject {
  readonly hasStrongReads = true;
  constructor(
    private readonly cache: Cache,
    private readonly random: Random,
    private readonly tag: (name: string) => Tag,
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
    return this.cache.writeThrough(key, write, { tags: [this.tagOf(key[1])] });
  }

  set(key: ItemKey, item: Item): Promise<void> {
    return this.cache.set(key, item, { tags: [this.tagOf(key[1])] });
  }

  async invalidate(scope: Scope): Promise<boolean> {
    const { delivered } = await this.cache.invalidate(this.targetOf(scope));
    return delivered;
  }

  transact(work: () => Promise<Item>, scope: Scope): Promise<Item> {
    return this.cache.deferInvalidations(async () => {
      await this.cache.invalidate(this.targetOf(scope));
      return work();
    });
  }

  async probe(): Promise<boolean> {
    return (await this.cache.invalidate(['probe'])).delivered;
  }

  /** Half of the tags are given before the load, the others after it. */
  private optionsFor(group: number, isStrong: boolean): CacheOptions<Item> {
    const tags = [this.tagOf(group)];
    return {
      tags: this.random.next() < 0.2 ? () => tags : tags,
      consistency: isStrong ? 'strong' : 'bounded',
    };
  }

  private tagOf(group: number): Tag {
    return this.tag(`group:${group}`);
  }

  private targetOf(scope: Scope): Target {
    if ('key' in scope) return scope.key;
    return 'prefix' in scope ? ['shop', scope.prefix] : this.tagOf(scope.tag);
  }
}
