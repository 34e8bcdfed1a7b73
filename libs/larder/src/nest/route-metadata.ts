import type { ExternalContextCreator } from '@nestjs/core';

// Nest's metadata keys of routes. It exports no reader for them.
export const PATH = 'path';
export const METHOD = 'method';
export const HOST = 'host';
export const VERSION = '__version__';
export const GUARDS = '__guards__';
export const PIPES = '__pipes__';
export const INTERCEPTORS = '__interceptors__';
export const SERVER_SENT_EVENTS = '__sse__';
export const ROUTE_PARAMETERS = '__routeArguments__';
export const RESPONSE_PASSTHROUGH = '__responsePassthrough__';
/** Nest's numbers for the kinds of parameters. */
export const PARAMETER_KINDS = {
  request: 0,
  response: 1,
  next: 2,
  query: 4,
  param: 5,
  headers: 6,
  ip: 11,
  acknowledge: 13,
} as const;

/** Whether the metadata has a value; an empty list counts as none. */
export function isNoted(noted: unknown): boolean {
  return Array.isArray(noted) ? noted.length > 0 : noted !== undefined;
}

/** Global settings of a Nest application. */
export interface NestGlobals {
  /** Whether there is a global guard. */
  readonly isGuarded: boolean;
  /** Whether a URL determines the version. */
  readonly hasVersionInUrl: boolean;
  /** `undefined` without versioning. */
  readonly versioning: Versioning | undefined;
}

/** The options of `enableVersioning`. */
export interface Versioning {
  readonly type: number;
  readonly defaultVersion?: unknown;
  /** Of `VersioningType.HEADER`. */
  readonly header?: string;
  /** Of `VersioningType.MEDIA_TYPE`. */
  readonly key?: string;
  /** Of `VersioningType.CUSTOM`. */
  readonly extractor?: (request: unknown) => string | readonly string[];
}

/** Nest's numbers for the kinds of versioning. */
export const VERSIONING = { uri: 0, header: 1, mediaType: 2, custom: 3 } as const;

interface Config {
  getGlobalGuards?(): readonly unknown[];
  getGlobalRequestGuards?(): readonly unknown[];
  getVersioning?(): Versioning | undefined;
}

/**
 * Reads what `useGlobalGuards`, `APP_GUARD` and `enableVersioning` have set. Nest exports no reader. If a later Nest stores it
 * elsewhere, every route counts as guarded, and no URL determines the version.
 */
export function globalsOf(creator: ExternalContextCreator): NestGlobals {
  const { config } = (creator as unknown as { guardsContextCreator?: { config?: Config } }).guardsContextCreator ?? {};
  const guards = config?.getGlobalGuards?.();
  const perRequest = config?.getGlobalRequestGuards?.();
  const versioning = config?.getVersioning?.();
  return {
    isGuarded: guards === undefined || perRequest === undefined || guards.length + perRequest.length > 0,
    hasVersionInUrl: config !== undefined && (versioning === undefined || versioning.type === VERSIONING.uri),
    versioning,
  };
}
