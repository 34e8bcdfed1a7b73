export type { RealtimeOptions } from './live/live-settings.js';
export { type Audience, Broadcaster } from './realtime/broadcaster.js';
export type { MessageLimits } from './realtime/flood.js';
export type { AdapterKind } from './realtime/node-link.js';
export type { PublishingStats } from './realtime/publisher.js';
export { RedisIoAdapter, type RedisIoAdapterOptions } from './realtime/redis-io.adapter.js';
