export { DashboardModule } from '../dashboard.module.js';
export type { DashboardGuard, DashboardOptions } from './options.js';
