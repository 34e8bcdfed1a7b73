export { LarderChangeFeedError } from '../base/errors.js';
export { writeMark } from '../cache/state/write-mark.js';
export type { PostgresAddress } from '../postgres/session.js';
export { ChangeFeed, type ChangeFeedStatus, type ChangeFeedSurroundings, type FeedPosition } from './change-feed.js';
export type { Invalidator } from './delivery.js';
export type { FeedRow } from './log-reader.js';
export { markWrite, type TransactionClient } from './mark-write.js';
export type { ChangeFeedOptions } from './options.js';
export {
  type Change,
  type ColumnValue,
  onTable,
  type Row,
  type TableRule,
  type TableRuleOptions,
} from './table-rule.js';
export { installTriggers, removeTriggers, triggersStatus } from './triggers/install.js';
