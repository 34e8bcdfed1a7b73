export { type Audience, Broadcaster } from './broadcaster.js';
export { disconnectAt } from './disconnect-at.js';
export type { RealtimeOptions } from './live-queries/options.js';
export type { Origins } from './live-queries/origins.js';
export type { MessageLimits } from './message-limits.js';
export type { AdapterKind } from './node-link.js';
export type { OutboxBounds } from './outbox.js';
export type { PublishingStats } from './publisher.js';
export { RedisIoAdapter, type RedisIoAdapterOptions } from './redis-io.adapter.js';
