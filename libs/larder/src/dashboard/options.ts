import type { IncomingMessage } from 'node:http';
import { adminToken } from '../options/admin-token.js';
import { option, type SettingsOf } from '../options/option.js';
import { inCode, isFunction, name } from '../options/values.js';

/**
 * Decides who may use the dashboard. Gets each request as Node knows it, and what earlier middleware added to it.
 *
 * @returns the name of the user, which the list of actions shows; `true` for one without a name; `false` to refuse. An error
 *   refuses too
 */
export type DashboardGuard = (request: IncomingMessage) => boolean | string | Promise<boolean | string>;

/** Options of the dashboard. */
export interface DashboardOptions {
  /** Where the page is. Default `'/larder'`. */
  readonly path?: string;
  /** What people sign in with: 16 characters or more that cannot be guessed. Default: `LARDER_ADMIN_TOKEN`. */
  readonly token?: string;
  /** Decides in place of the token. */
  readonly guard?: DashboardGuard;
  /** The release of the application, shown beside each process. Default: `LARDER_RELEASE`, else the version that npm sets. */
  readonly release?: string;
}

/** The table of {@link DashboardOptions}. */
export const DASHBOARD_OPTIONS = {
  path: option(
    undefined,
    name(/^(\/[\w.~-]+)+$/, "a path such as '/larder', without a slash at its end"),
    '/larder',
    'Where the page is.',
  ),
  token: option(undefined, adminToken, undefined, 'What people sign in with. Unset: `LARDER_ADMIN_TOKEN`.'),
  guard: option(
    undefined,
    inCode<DashboardGuard>('a function of the request', isFunction),
    undefined,
    'Decides who may use it, in place of the token ([access](dashboard.md#access)).',
  ),
  release: option(
    'LARDER_RELEASE',
    name(/^[ -~]{1,40}$/, 'at most 40 printable ASCII characters'),
    undefined,
    'The release of the application, shown beside each process. Unset: the version that npm sets.',
  ),
} as const;

/** {@link DashboardOptions} with all defaults. */
export interface DashboardSettings extends SettingsOf<typeof DASHBOARD_OPTIONS> {
  readonly isProduction: boolean;
}
