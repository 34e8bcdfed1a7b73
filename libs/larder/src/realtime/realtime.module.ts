import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { addCopy } from '../base/package/copies.js';
import { OtherCopies } from '../nest/other-copies.module.js';
import { Broadcaster } from './broadcaster.js';
import { LiveQueriesGateway } from './live-queries/live-queries.gateway.js';
import { QueryRegistry } from './live-queries/query-registry.js';

const INJECTED = { Broadcaster };
addCopy(INJECTED);

/** Live queries and the broadcaster, in an application that has sockets. Made once, however often it is imported. */
@Global()
@Module({
  imports: [DiscoveryModule, OtherCopies.of(INJECTED)],
  providers: [Broadcaster, LiveQueriesGateway, QueryRegistry],
  exports: [Broadcaster],
})
export class RealtimeModule {
  /** The same object each time: Nest makes a module for each that it has not met. */
  static readonly once: DynamicModule = { module: RealtimeModule };
}
