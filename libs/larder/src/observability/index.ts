export type {
  EvictMessage,
  HitMessage,
  InvalidateMessage,
  LeaseMessage,
  LoadMessage,
  RefuseMessage,
  StoreMessage,
} from '../base/signals/cache-signals.js';
export type { CounterMessage, DeadlineMessage, RedisMessage, SocketMessage } from '../base/signals/work-signals.js';
export { CHANNELS, type ChannelMessages, type ChannelName, listen } from './channels.js';
export type { AuditMessage, FeedMessage, JournalMessage } from './event-signals.js';
