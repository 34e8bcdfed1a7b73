/**
 * The release in package.json. Internal parts of two copies work together only if the releases are equal: a test runner or a
 * bundler may load one copy for `import` and one for `require`. All copies of a release share the symbols with this name.
 */
export const RELEASE = 'nest-larder@0.1.0';

export type Class = abstract new (...parameters: never[]) => unknown;

/** By name: the class of each copy that this process has loaded. */
type Copies = Map<string, Set<Class>>;

/** Registers the classes that this copy uses as injection tokens. */
export function addCopy(classes: Readonly<Record<string, Class>>): void {
  const copies = loadedCopies();
  for (const [name, type] of Object.entries(classes)) copies.set(name, (copies.get(name) ?? new Set()).add(type));
}

/** The same classes of all other copies, each with the class of this copy. */
export function otherCopiesOf(
  classes: Readonly<Record<string, Class>>,
): { readonly other: Class; readonly own: Class }[] {
  return Object.entries(classes).flatMap(([name, own]) =>
    [...(loadedCopies().get(name) ?? [])].filter((type) => type !== own).map((other) => ({ other, own })),
  );
}

function loadedCopies(): Copies {
  const place: { [key: symbol]: Copies } = globalThis as never;
  const key = Symbol.for(`${RELEASE} copies`);
  place[key] ??= new Map();
  return place[key];
}
