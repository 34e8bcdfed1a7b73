import 'reflect-metadata';

/** A parameter that takes the whole query, and the names that its class declares; `undefined` if none are known. */
export interface WholeQuery {
  readonly index: number;
  readonly names: ReadonlySet<string> | undefined;
}

type Class = abstract new (...parameters: never[]) => object;

// Metadata keys of packages that describe classes. The packages need not be installed.
const SWAGGER_PROPERTIES = 'swagger/apiModelPropertiesArray';

interface ClassValidatorStorage {
  getTargetValidationMetadatas(
    of: Class,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): readonly { readonly propertyName: string }[];
}

/** The names that a class declares by decorators and initialisers; `undefined` if it declares none. */
export function declaredNames(of: unknown): ReadonlySet<string> | undefined {
  if (typeof of !== 'function' || of === Object || of === Array || of === String) return undefined;
  const names = new Set([...described(of as Class), ...validated(of as Class), ...initialised(of as Class)]);
  return names.size === 0 ? undefined : names;
}

/** A query with its declared members only; the same object if it has no others. */
export function withoutUndeclared(query: unknown, names: ReadonlySet<string>): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const given = Object.keys(query);
  if (given.every((name) => names.has(name))) return query;
  const kept = Object.create(Object.getPrototypeOf(query)) as Record<string, unknown>;
  for (const name of given) if (names.has(name)) kept[name] = (query as Record<string, unknown>)[name];
  return kept;
}

/** An instance of a declared class as a plain object, which a key accepts. */
export function asKeyPart(query: unknown): unknown {
  return typeof query === 'object' && query !== null ? { ...query } : query;
}

function described(of: Class): string[] {
  const noted: unknown = Reflect.getMetadata(SWAGGER_PROPERTIES, of.prototype as object);
  return Array.isArray(noted) ? noted.map((name) => String(name).replace(/^:/, '')) : [];
}

/** class-validator stores its metadata in a global. */
function validated(of: Class): string[] {
  const { classValidatorMetadataStorage: storage } = globalThis as {
    classValidatorMetadataStorage?: ClassValidatorStorage;
  };
  return storage?.getTargetValidationMetadatas(of, '', true, false).map(({ propertyName }) => propertyName) ?? [];
}

function initialised(of: Class): string[] {
  try {
    return Object.keys(Reflect.construct(of, []));
  } catch {
    return [];
  }
}
