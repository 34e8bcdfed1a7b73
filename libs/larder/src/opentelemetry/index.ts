export { LarderMetrics, meterCache } from './larder-metrics.js';
