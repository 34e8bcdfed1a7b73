import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Cache, type WarmReport } from 'nest-larder';
import { z } from 'zod';
import { FeedController } from '../marketplace/feed/feed.controller.js';
import { feedQuery } from '../marketplace/feed/feed.schemas.js';
import { itemQuery } from '../marketplace/items/item.schemas.js';
import { MarketplaceController } from '../marketplace/marketplace.controller.js';
import { tournamentQuery } from '../tournaments/tournament.schemas.js';
import { TournamentsController } from '../tournaments/tournaments.controller.js';

const WARMABLE = ['tournaments', 'items', 'feed'] as const;
type Warmable = (typeof WARMABLE)[number];

export const warmOrder = z
  .strictObject({
    methods: z
      .array(z.enum(WARMABLE))
      .min(1)
      .max(WARMABLE.length)
      .default([...WARMABLE])
      .meta({ description: 'What every visitor asks for first.', example: ['tournaments'] }),
  })
  .meta({ id: 'WarmOrder' });
export type WarmOrder = z.infer<typeof warmOrder>;

const report = z.object({
  total: z.int(),
  loaded: z.int(),
  fresh: z.int().meta({ description: 'There already, or being loaded.' }),
  skipped: z.int(),
  failed: z.array(z.object({ arguments: z.array(z.unknown()), error: z.string() })),
  took: z.number().meta({ description: 'Milliseconds.' }),
});
export const warmReports = z.object({ reports: z.partialRecord(z.enum(WARMABLE), report) }).meta({ id: 'WarmReports' });
export type WarmReportsAnswer = z.infer<typeof warmReports>;

/** Warms the pages that visitors ask for first. */
@Injectable()
export class Warming {
  constructor(
    private readonly modules: ModuleRef,
    private readonly cache: Cache,
  ) {}

  async warm({ methods }: WarmOrder): Promise<WarmReportsAnswer> {
    const reports: WarmReportsAnswer['reports'] = {};
    for (const method of methods) reports[method] = toAnswer(await this.warmOne(method));
    return { reports };
  }

  private warmOne(method: Warmable): Promise<WarmReport> {
    const instance = <Controller>(type: new (...parameters: never[]) => Controller) =>
      this.modules.get<Controller>(type, { strict: false });
    switch (method) {
      case 'tournaments': {
        const queries = [tournamentQuery.parse({}), tournamentQuery.parse({ status: 'open' })];
        return this.cache.warm(
          instance(TournamentsController).list,
          queries.map((query) => [query]),
        );
      }
      case 'items':
        return this.cache.warm(instance(MarketplaceController).list, [[itemQuery.parse({})]]);
      case 'feed':
        return this.cache.warm(instance(FeedController).page, [[feedQuery.parse({})]]);
    }
  }
}

function toAnswer({ failed, ...counts }: WarmReport): NonNullable<WarmReportsAnswer['reports'][Warmable]> {
  return {
    ...counts,
    failed: failed.map(({ arguments: parameters, error }) => ({ arguments: [...parameters], error: String(error) })),
  };
}
