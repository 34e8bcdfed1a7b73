import type { IncomingMessage } from 'node:http';
import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Cache, encodePath, type KeyPart } from 'nest-larder';
import { z } from 'zod';
import { bearerOf } from '../../platform/http/requests/bearer.js';
import { Tokens } from '../sign-in/tokens.js';
import { entryOfPath } from './entry-of-path.js';

const entryQuery = z.strictObject({ path: z.string().max(300) });

/** What a page shows about an entry of the cache: never its value. */
interface EntryFacts {
  readonly tier: string;
  readonly size: number;
  readonly hits: number;
  readonly loadCost: number;
  /** Milliseconds since its load began. */
  readonly age: number;
  /** Milliseconds until it expires. */
  readonly ttl: number;
  readonly reason: string;
  /** What its load has read, each with its query. */
  readonly dependencies: readonly string[];
  /** The keys that it depends on: each prefix of its own. */
  readonly keys: readonly string[];
  readonly tags: readonly string[];
}

/** Shows visitors how the cache holds a public response, or one of their own. Larder's admin routes show everything, to the staff. */
@ApiExcludeController()
@Controller('app/entry')
export class EntryController {
  constructor(
    private readonly cache: Cache,
    private readonly tokens: Tokens,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async show(
    @Query({ schema: entryQuery }) { path }: z.infer<typeof entryQuery>,
    @Req() request: IncomingMessage,
  ): Promise<{ entry: EntryFacts | null }> {
    const token = bearerOf(request);
    const entry = entryOfPath(path, token === undefined ? undefined : await this.tokens.read(token));
    const found = entry && (await this.cache.inspect(entry.key, entry.caller));
    if (entry === undefined || found === undefined) return { entry: null };
    const { tier, size, hits, loadCost, age, ttl, reason, tags, dependencies } = found;
    const keys = entry.key.map((_, index) => encodePath(entry.key.slice(0, index + 1) as [string, ...KeyPart[]]));
    return { entry: { tier, size, hits, loadCost, age, ttl, reason, dependencies, keys, tags } };
  }
}
