import type { ExternalContextCreator } from '@nestjs/core';

/** What an application has set for all its routes. */
export interface NestGlobals {
  /** Whether a guard stands before every route. */
  readonly isGuarded: boolean;
  /** Whether one URL always leads to the same version of a method. */
  readonly hasVersionInUrl: boolean;
}

interface Config {
  getGlobalGuards?(): readonly unknown[];
  getGlobalRequestGuards?(): readonly unknown[];
  getVersioning?(): { readonly type: number } | undefined;
}

const VERSION_IN_URL = 0;

/**
 * Reads what `useGlobalGuards`, `APP_GUARD` and `enableVersioning` have set. Nest has no public reader for it; if it ever
 * keeps it elsewhere every route counts as guarded, and no URL as enough to know the version.
 */
export function globalsOf(creator: ExternalContextCreator): NestGlobals {
  const { config } = (creator as unknown as { guardsContextCreator?: { config?: Config } }).guardsContextCreator ?? {};
  const guards = config?.getGlobalGuards?.();
  const perRequest = config?.getGlobalRequestGuards?.();
  const versioning = config?.getVersioning?.();
  return {
    isGuarded: guards === undefined || perRequest === undefined || guards.length + perRequest.length > 0,
    hasVersionInUrl: config !== undefined && (versioning === undefined || versioning.type === VERSION_IN_URL),
  };
}
