/** How the hits of a method are audited: see {@link CacheOptions.audit}. */
export interface AuditOfMethod {
  /**
   * Paths of the value that may differ from a fresh load: `generatedAt`, `venue.name`, `items[].price` (of every item),
   * `prices.*` (every member). A path covers everything below it.
   */
  readonly ignore?: readonly string[];
  /** Paths whose values findings do not show, in the same form; `true` for all. */
  readonly redact?: true | readonly string[];
  /** Paths of lists whose order means nothing, in the same form; `true` for the value and every list in it. */
  readonly unordered?: true | readonly string[];
}

/** Parsed {@link AuditOfMethod}. */
export interface AuditRule {
  readonly ignore: readonly PathPattern[];
  readonly redact: true | readonly PathPattern[];
  readonly unordered: true | readonly PathPattern[];
}

/** A member name, or an index of a list. */
type PathStep = string | number;
export type Path = readonly PathStep[];

/** The steps of a pattern: a name, `*` for any name, `[]` for any index. */
export type PathPattern = readonly string[];

const ANY_INDEX = '[]';
const ANY_NAME = '*';
const EVERYTHING: AuditRule = Object.freeze({ ignore: [], redact: [], unordered: [] });

export const AUDIT_TAKES = 'true, false or { ignore, redact, unordered } with lists of paths such as items[].price';

export function isAuditOption(given: unknown): given is boolean | AuditOfMethod {
  if (typeof given === 'boolean') return true;
  if (typeof given !== 'object' || given === null) return false;
  const { ignore = [], redact = [], unordered = [], ...unknown } = given as AuditOfMethod;
  const arePaths = isPaths(ignore) && [redact, unordered].every((paths) => paths === true || isPaths(paths));
  return arePaths && Object.keys(unknown).length === 0;
}

/** @returns `undefined` for a method that is not audited */
export function toAuditRule(given: boolean | AuditOfMethod = true): AuditRule | undefined {
  if (typeof given === 'boolean') return given ? EVERYTHING : undefined;
  const { ignore = [], redact = [], unordered = [] } = given;
  return {
    ignore: ignore.map(toPattern),
    redact: redact === true || redact.map(toPattern),
    unordered: unordered === true || unordered.map(toPattern),
  };
}

/** `items[].price` as steps. */
export function toPattern(text: string): PathPattern {
  return text
    .replaceAll(ANY_INDEX, `.${ANY_INDEX}`)
    .split('.')
    .filter((step) => step !== '');
}

/** Whether one of the patterns names exactly this path. */
export function isNamed(path: Path, patterns: readonly PathPattern[]): boolean {
  return patterns.some(
    (pattern) => pattern.length === path.length && path.every((step, at) => fits(step, pattern[at])),
  );
}

/** Whether one of the patterns names this path, or one above it. */
export function isCovered(path: Path, patterns: readonly PathPattern[]): boolean {
  return patterns.some((pattern) => pattern.length <= path.length && pattern.every((step, at) => fits(path[at], step)));
}

/** `items[3].price`; `the value` for the whole value. */
export function showPath(path: Path): string {
  return shown(path, (index) => `[${index}]`) || 'the value';
}

/** The path with `[]` in place of indices, as `ignore` takes it; empty for the whole value. */
export function patternOf(path: Path): string {
  return shown(path, () => ANY_INDEX);
}

function shown(path: Path, indexOf: (index: number) => string): string {
  return path.map((step, at) => (typeof step === 'number' ? indexOf(step) : at === 0 ? step : `.${step}`)).join('');
}

function fits(step: PathStep | undefined, pattern: string | undefined): boolean {
  return typeof step === 'number' ? pattern === ANY_INDEX : pattern === ANY_NAME || pattern === step;
}

function isPaths(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((path) => typeof path === 'string' && toPattern(path).length > 0);
}
