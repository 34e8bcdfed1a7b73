import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LarderOptionsError } from '../base/errors.js';
import { toMilliseconds } from '../base/units.js';
import { Broadcaster } from './broadcaster.js';
import { LiveQueriesGateway } from './live-queries/live-queries.gateway.js';
import { LIVE_OPTIONS, LIVE_SETTINGS, type LiveSettings, type RealtimeOptions } from './live-queries/options.js';
import { problemOfOrigins } from './live-queries/origins.js';
import { QueryRegistry } from './live-queries/query-registry.js';

/** Live queries and the broadcaster, in an application that has sockets. Made once, however often it is imported. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    Broadcaster,
    LiveQueriesGateway,
    QueryRegistry,
    { provide: LIVE_SETTINGS, inject: [LIVE_OPTIONS], useFactory: settingsOf },
  ],
  exports: [Broadcaster],
})
export class RealtimeModule {
  /** The same object each time: Nest makes a module for each that it has not met. */
  static readonly once: DynamicModule = { module: RealtimeModule };
}

/** @throws LarderOptionsError */
function settingsOf({
  interval: given = '1s',
  maxQueriesPerSocket: maxPerSocket = 100,
  origins = [],
}: RealtimeOptions): LiveSettings {
  const interval = toMilliseconds(given);
  const wrongOrigins = problemOfOrigins(origins);
  const problems = [
    ...(wrongOrigins === undefined ? [] : [`The option realtime.origins ${wrongOrigins}`]),
    ...(interval === undefined ? [`The option realtime.interval is ${given}; it takes a duration above zero`] : []),
    ...(Number.isInteger(maxPerSocket) && maxPerSocket > 0
      ? []
      : [`The option realtime.maxQueriesPerSocket is ${maxPerSocket}; it takes a whole number from 1`]),
  ];
  if (interval === undefined || problems.length > 0) throw new LarderOptionsError(problems);
  return { interval, maxPerSocket, origins };
}
