import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { addCopy } from '../base/package/copies.js';
import { OtherCopies } from '../nest/other-copies.module.js';
import { Broadcaster } from './broadcaster.js';
import { LiveQueriesGateway } from './live-queries/live-queries.gateway.js';
import { QueryRegistry } from './live-queries/query-registry.js';

const INJECTED = { Broadcaster };
addCopy(INJECTED);

/** Live queries and the broadcaster. One instance per application, also if several modules import it. */
@Global()
@Module({
  imports: [DiscoveryModule, OtherCopies.of(INJECTED)],
  providers: [Broadcaster, LiveQueriesGateway, QueryRegistry],
  exports: [Broadcaster],
})
export class RealtimeModule {
  /** One object: Nest makes a second module for a second, equal object. */
  static readonly once: DynamicModule = { module: RealtimeModule };
}
