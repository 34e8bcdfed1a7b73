import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import type { ApplicationConfig, DiscoveryService } from '@nestjs/core';
import type { SocketRooms } from '../nest/socket-rooms.js';
import type { RedisAddress } from '../redis/address.js';
import { UrlKeys } from './explain/url-keys.js';
import { aboutNode } from './figures/node-figures.js';
import { NodeSampler } from './figures/node-sampler.js';
import { overviewOf } from './figures/overview.js';
import { Access } from './gate/access.js';
import { ActionLog } from './gate/action-log.js';
import { OwnRedis } from './gate/own-redis.js';
import { RedisActions } from './gate/redis-actions.js';
import type { DashboardSettings } from './options.js';
import { pageFiles } from './page-files.js';
import { commandsOf, queriesOf, type RouteParts } from './routes.js';
import type { Incoming } from './server/exchange.js';
import { LiveFigures } from './server/live-figures.js';
import { Router } from './server/router.js';

/** The parts of an application that the dashboard shows. */
export interface DashboardParts
  extends Pick<RouteParts, 'cache' | 'engine' | 'feed' | 'flags' | 'fleetParts' | 'jobs'> {
  readonly discovery: DiscoveryService;
  readonly config: ApplicationConfig;
  readonly rooms: SocketRooms;
  readonly redis: RedisAddress | undefined;
  readonly redisTimeout: number;
  readonly keyPrefix: string;
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** The part of Nest's HTTP adapter that the dashboard needs. */
interface Adapter {
  use(path: string, handler: (request: Incoming, response: ServerResponse) => void): unknown;
}

/** An open dashboard. */
export interface Dashboard {
  /** Answers requests below its path, before the routes of the application. */
  mount(adapter: Adapter): void;
  /** Ends its open responses, before the server closes. */
  close(): void;
}

/** @returns `undefined` in production without a token and without a guard */
export function openDashboard(parts: DashboardParts, settings: DashboardSettings): Dashboard | undefined {
  const { engine, feed, redis, redisTimeout, keyPrefix, maxBytes, maxEntries } = parts;
  if (settings.isProduction && settings.token === undefined && settings.guard === undefined) {
    new Logger('Larder').warn(
      'The dashboard is off: in production it needs LARDER_ADMIN_TOKEN, or the option dashboard.guard.',
    );
    return undefined;
  }
  const { clock } = engine.context;
  const sampler = new NodeSampler(engine, feed, aboutNode(settings.release, maxBytes, maxEntries), parts.rooms);
  const ownRedis = redis === undefined ? undefined : new OwnRedis(redis, redisTimeout);
  const { host, pid } = engine.fleet.node;
  const actions = new ActionLog(ownRedis && new RedisActions(ownRedis, keyPrefix), clock, `${host}:${pid}`);
  const urls = new UrlKeys(parts.discovery, parts.config);
  const routes: RouteParts = { ...parts, sampler, actions, urls };
  const live = new LiveFigures(() => overviewOf(engine), clock);
  let files: ReturnType<typeof pageFiles> | undefined;
  const router = new Router({
    path: settings.path,
    access: new Access(settings, clock),
    clock,
    files: () => (files ??= pageFiles()),
    queries: queriesOf(routes),
    commands: commandsOf(routes),
    live: (response) => live.add(response),
  });
  return {
    mount: (adapter) => adapter.use(settings.path, (request, response) => void router.answer(request, response)),
    close: () => {
      live.close();
      sampler.close();
      ownRedis?.close();
    },
  };
}
