import type { ExternalContextCreator } from '@nestjs/core';

// How Nest notes what a route is made of. It has no public reader for these.
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
/** The numbers it has for the kinds of parameters. */
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

/** Whether decorators have noted something: a list may be empty. */
export function isNoted(noted: unknown): boolean {
  return Array.isArray(noted) ? noted.length > 0 : noted !== undefined;
}

/** What an application has set for all its routes. */
export interface NestGlobals {
  /** Whether a guard stands before every route. */
  readonly isGuarded: boolean;
  /** Whether one URL always leads to the same version of a method. */
  readonly hasVersionInUrl: boolean;
  /** `undefined` if there is none. */
  readonly versioning: Versioning | undefined;
}

/** How an application tells versions apart, as `enableVersioning` was told. */
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
    hasVersionInUrl: config !== undefined && (versioning === undefined || versioning.type === VERSIONING.uri),
    versioning,
  };
}
