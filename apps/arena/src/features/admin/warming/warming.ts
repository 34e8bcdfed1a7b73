import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Cache, type WarmProgress, type WarmReport } from 'nest-larder';
import { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';
import { Dashboards } from '../../call-centre/dashboards.js';
import { FeedController } from '../../marketplace/feed/feed.controller.js';
import { FIRST_FEED } from '../../marketplace/feed/feed.schemas.js';
import { FIRST_ITEMS } from '../../marketplace/items/item.schemas.js';
import { MarketplaceController } from '../../marketplace/marketplace.controller.js';
import { FIRST_TOURNAMENTS } from '../../tournaments/tournament.schemas.js';
import { TournamentsController } from '../../tournaments/tournaments.controller.js';

const FOR_ALL = ['tournaments', 'items', 'feed'] as const;
const OF_USERS = ['dashboards'] as const;
const WARMABLE = [...FOR_ALL, ...OF_USERS] as const;
type Warmable = (typeof WARMABLE)[number];

/** Users are warmed five at a time. */
const CONCURRENCY = 5;

export const warmOrder = z
  .strictObject({
    methods: z
      .array(z.enum(WARMABLE))
      .min(1)
      .max(WARMABLE.length)
      .optional()
      .meta({
        description: 'Default: the pages that visitors request first; with `user_ids`, the dashboards of these users.',
        example: ['tournaments'],
      }),
    user_ids: z
      .array(id)
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: 'The users whose dashboards to warm.', example: ['1', '2'] }),
    continueOnError: z.boolean().default(true).meta({ description: 'false stops at the first value that fails.' }),
  })
  .refine(
    ({ methods, user_ids }) => (methods?.includes('dashboards') ?? user_ids !== undefined) === (user_ids !== undefined),
    {
      path: ['user_ids'],
      message: 'Must be given with the method dashboards, and only with it',
    },
  )
  .meta({ id: 'WarmOrder' });
export type WarmOrder = z.infer<typeof warmOrder>;

const report = z.object({
  total: z.int(),
  loaded: z.int(),
  fresh: z.int().meta({ description: 'Already cached, or being loaded.' }),
  skipped: z.int(),
  failed: z.array(z.object({ arguments: z.array(z.unknown()), error: z.string() })),
  took: z.number().meta({ description: 'Milliseconds.' }),
});
export const warmReports = z.object({ reports: z.partialRecord(z.enum(WARMABLE), report) }).meta({ id: 'WarmReports' });
export type WarmReportsAnswer = z.infer<typeof warmReports>;

/** How far a method has been warmed. */
export interface WarmStep extends WarmProgress {
  readonly method: Warmable;
}

/** Warms the pages that visitors request first, and the dashboards of given users. */
@Injectable()
export class Warming {
  constructor(
    private readonly modules: ModuleRef,
    private readonly cache: Cache,
  ) {}

  async warm(order: WarmOrder, onStep: (step: WarmStep) => void = () => {}): Promise<WarmReportsAnswer> {
    const { methods = order.user_ids === undefined ? FOR_ALL : OF_USERS, continueOnError } = order;
    const reports: WarmReportsAnswer['reports'] = {};
    for (const method of methods) {
      const report = await this.warmOne(method, order, (progress) => onStep({ method, ...progress }));
      reports[method] = toAnswer(report);
      if (!continueOnError && report.failed.length > 0) break;
    }
    return { reports };
  }

  private warmOne(
    method: Warmable,
    { user_ids = [], continueOnError }: WarmOrder,
    onProgress: (progress: WarmProgress) => void,
  ): Promise<WarmReport> {
    const options = { concurrency: CONCURRENCY, continueOnError, onProgress };
    const instance = <Instance>(type: new (...parameters: never[]) => Instance) =>
      this.modules.get<Instance>(type, { strict: false });
    switch (method) {
      case 'tournaments':
        return this.cache.warm(instance(TournamentsController).list, FIRST_TOURNAMENTS, options);
      case 'items':
        return this.cache.warm(instance(MarketplaceController).list, FIRST_ITEMS, options);
      case 'feed':
        return this.cache.warm(instance(FeedController).page, FIRST_FEED, options);
      case 'dashboards':
        return this.cache.warm(
          instance(Dashboards).of,
          user_ids.map((userId) => [userId]),
          options,
        );
    }
  }
}

function toAnswer({ failed, ...counts }: WarmReport): NonNullable<WarmReportsAnswer['reports'][Warmable]> {
  return {
    ...counts,
    failed: failed.map(({ arguments: parameters, error }) => ({ arguments: [...parameters], error: String(error) })),
  };
}
