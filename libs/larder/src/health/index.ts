export type { HealthResult, HealthState } from './indicator.js';
export { LarderHealth } from './larder-health.js';
