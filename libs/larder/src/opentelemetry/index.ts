export { LarderMetrics, meterCache } from './larder-metrics.js';
export { LarderTracing, traceCache } from './larder-tracing.js';
export { type ConnectionPool, meterPool } from './pool-metrics.js';
export { currentTraceparent, traceTransaction } from './traceparent.js';
