export type { Invalidator } from './change-feed/delivery.js';
export { ChangeFeed, type ChangeFeedStatus, type ChangeFeedSurroundings } from './change-feed/feed.js';
export type { ChangeFeedOptions } from './change-feed/feed-options.js';
export {
  type Change,
  type ColumnValue,
  onTable,
  type Row,
  type TableRule,
  type TableRuleOptions,
} from './change-feed/rule.js';
export { LarderChangeFeedError } from './errors.js';
export type { PostgresAddress } from './postgres/session.js';
export { installTriggers, removeTriggers, triggersStatus } from './triggers/install.js';
