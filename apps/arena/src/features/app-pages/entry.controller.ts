import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Cache, encodePath, type Key, type KeyPart } from 'nest-larder';
import { z } from 'zod';
import { feedKeys } from '../marketplace/feed/feed.keys.js';
import { feedQuery } from '../marketplace/feed/feed.schemas.js';
import { itemKeys } from '../marketplace/items/item.keys.js';
import { itemQuery } from '../marketplace/items/item.schemas.js';
import { tournamentKeys } from '../tournaments/tournament.keys.js';
import { tournamentQuery } from '../tournaments/tournament.schemas.js';
import { venuePages } from '../tournaments/venues/venue.keys.js';

const entryQuery = z.strictObject({ path: z.string().max(300) });

/** What a page shows about an entry of the cache: never its value. */
interface EntryFacts {
  readonly tier: string;
  readonly size: number;
  readonly hits: number;
  readonly loadCost: number;
  readonly reason: string;
  /** What its load has read, each with its query. */
  readonly dependencies: readonly string[];
  /** The keys that it depends on: each prefix of its own. */
  readonly keys: readonly string[];
  readonly tags: readonly string[];
}

type KeyOf = (id: string, query: Record<string, string>) => Key;

/** The key of each route whose responses all callers share. What belongs to one user is not shown. */
const SHARED: readonly (readonly [path: RegExp, key: KeyOf])[] = [
  [/^\/v1\/tournaments$/, (_, query) => tournamentKeys.list(tournamentQuery.parse(query))],
  [/^\/v1\/tournaments\/(\d+)$/, (id) => tournamentKeys.one(id)],
  [/^\/v1\/tournaments\/(\d+)\/entries$/, (id) => tournamentKeys.entries(id)],
  [/^\/v1\/venues$/, () => venuePages.list()],
  [/^\/v1\/venues\/(\d+)$/, (id) => venuePages.one(id)],
  [/^\/marketplace\/items$/, (_, query) => itemKeys.list(itemQuery.parse(query))],
  [/^\/marketplace\/items\/(\d+)\/state$/, (id) => itemKeys.state(id)],
  [/^\/marketplace\/feed$/, (_, query) => feedKeys.page(feedQuery.parse(query))],
];

/** Shows visitors how the cache holds a public response. Larder's admin routes show everything, to the staff. */
@ApiExcludeController()
@Controller('app/entry')
export class EntryController {
  constructor(private readonly cache: Cache) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async show(
    @Query({ schema: entryQuery }) { path }: z.infer<typeof entryQuery>,
  ): Promise<{ entry: EntryFacts | null }> {
    const key = keyOf(path);
    const found = key && (await this.cache.inspect(key));
    if (key === undefined || found === undefined) return { entry: null };
    const { tier, size, hits, loadCost, reason, tags, dependencies } = found;
    const keys = key.map((_, index) => encodePath(key.slice(0, index + 1) as [string, ...KeyPart[]]));
    return { entry: { tier, size, hits, loadCost, reason, dependencies, keys, tags } };
  }
}

function keyOf(path: string): Key | undefined {
  const { pathname, searchParams } = new URL(path, 'http://arena');
  for (const [pattern, key] of SHARED) {
    const match = pattern.exec(pathname);
    if (match === null) continue;
    try {
      return key(match[1] ?? '', Object.fromEntries(searchParams));
    } catch {
      return undefined;
    }
  }
  return undefined;
}
