import type { ImportDeclaration, ImportSpecifier, SourceFile } from 'ts-morph';
import { is } from './node-kind.js';
import { TextEdits } from './text-edits.js';

/** The names of `nest-larder/compat`. */
const COMPAT: ReadonlySet<string> = new Set([
  'CACHE_KEY_METADATA',
  'CACHE_MANAGER',
  'CACHE_MODULE_OPTIONS',
  'CACHE_TTL_METADATA',
  'Cache',
  'CacheInterceptor',
  'CacheKey',
  'CacheKeyFactory',
  'CacheManagerOptions',
  'CacheModule',
  'CacheModuleAsyncOptions',
  'CacheModuleOptions',
  'CacheOptions',
  'CacheOptionsFactory',
  'CacheTTL',
  'CacheTTLFactory',
]);

/** The names of `cache-manager` that mean the same there. */
const OF_CACHE_MANAGER: ReadonlySet<string> = new Set(['Cache', 'WrapOptions']);

/** Whether a name that is imported from one of the packages means the same in `nest-larder/compat`. */
export function hasCounterpart(specifier: ImportSpecifier): boolean {
  return namesOf(specifier.getImportDeclaration().getModuleSpecifierValue()).has(specifier.getName());
}

function namesOf(module: string): ReadonlySet<string> {
  if (module === '@nestjs/cache-manager') return COMPAT;
  return module === 'cache-manager' ? OF_CACHE_MANAGER : NO_NAMES;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Names that stand in a file, without those in its imports. */
export function namesIn(source: SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ReturnType<SourceFile['forEachChildAsArray']>[number]) => {
    if (node.getKindName() === 'ImportDeclaration') return;
    if (is(node, 'Identifier')) names.add(node.getText());
    for (const child of node.forEachChildAsArray()) visit(child);
  };
  visit(source);
  return names;
}

/**
 * Moves names to `nest-larder/compat`, adds those of `nest-larder`, and removes those that the file does not need any more.
 *
 * @param before the names that stood in the file before its code changed
 * @param added names of `nest-larder`
 * @returns the text of the file
 */
export function withImports(source: SourceFile, before: ReadonlySet<string>, added: ReadonlySet<string>): string {
  const edits = new TextEdits();
  const after = namesIn(source);
  const compat = new Map<string, string>();
  const declarations = source.getImportDeclarations();
  let place: ImportDeclaration | undefined;
  const known = (module: string) =>
    declarations.find((one) => one.getModuleSpecifierValue() === module && !one.isTypeOnly());
  for (const declaration of declarations) {
    const specifiers = declaration.getNamedImports();
    const isUsed = (name: string) => after.has(name) || !before.has(name);
    const kept = specifiers.filter((specifier) => isUsed(specifier.getAliasNode()?.getText() ?? specifier.getName()));
    const moved = kept.filter(hasCounterpart);
    for (const specifier of moved) {
      const isType = declaration.isTypeOnly() || specifier.isTypeOnly();
      const text = specifier.getText().replace(/^type /, '');
      if (!compat.has(text) || !isType) compat.set(text, isType ? `type ${text}` : text);
    }
    const rest = kept.filter((specifier) => !moved.includes(specifier));
    const name = declaration.getDefaultImport()?.getText() ?? declaration.getNamespaceImport()?.getText();
    const loses = name !== undefined && !isUsed(name);
    if (rest.length === specifiers.length && !loses) continue;
    place ??= declaration;
    const isEmpty = rest.length === 0 && (name === undefined || loses);
    if (isEmpty) edits.removeLine(declaration);
    else
      edits.replace(
        declaration,
        importText(
          declaration,
          rest.map((specifier) => specifier.getText()),
          loses,
        ),
      );
  }
  addNames(
    edits,
    source,
    'nest-larder',
    new Map([...added].filter((name) => after.has(name)).map((name) => [name, name])),
    place,
    known('nest-larder'),
  );
  addNames(edits, source, 'nest-larder/compat', compat, place, known('nest-larder/compat'));
  return edits.textOf(source);
}

function addNames(
  edits: TextEdits,
  source: SourceFile,
  module: string,
  names: ReadonlyMap<string, string>,
  place: ImportDeclaration | undefined,
  existing: ImportDeclaration | undefined,
): void {
  const had = new Set(existing?.getNamedImports().map((specifier) => specifier.getName()));
  const fresh = [...names].filter(([name]) => !had.has(name)).map(([, text]) => text);
  if (fresh.length === 0) return;
  if (existing !== undefined) {
    edits.replace(
      existing,
      importText(existing, [...existing.getNamedImports().map((specifier) => specifier.getText()), ...fresh]),
    );
    return;
  }
  const first = source.getImportDeclarations()[0];
  const quote = first?.getModuleSpecifier().getText()[0] ?? "'";
  const end = first?.getText().endsWith(';') === false ? '' : ';';
  const anchor = place ?? source.getImportDeclarations().at(-1);
  const isTypes = fresh.every((text) => text.startsWith('type '));
  const list = fresh.map((text) => (isTypes ? text.slice(5) : text)).sort(byName);
  const text = `import ${isTypes ? 'type ' : ''}{ ${list.join(', ')} } from ${quote}${module}${quote}${end}\n`;
  const position = anchor === undefined ? 0 : place === undefined ? anchor.getEnd() + 1 : anchor.getStart();
  edits.insert(source, Math.min(position, source.getEnd()), text);
}

function byName(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.replace(/^type /, '').toLowerCase()) as [string, string];
  return left < right ? -1 : Number(left > right);
}

function importText(declaration: ImportDeclaration, names: readonly string[], losesName = false): string {
  const name = losesName
    ? undefined
    : (declaration.getDefaultImport()?.getText() ?? declaration.getNamespaceImport()?.getText());
  const list = names.length === 0 ? undefined : `{ ${[...names].sort(byName).join(', ')} }`;
  const type = declaration.isTypeOnly() ? 'type ' : '';
  const end = declaration.getText().endsWith(';') ? ';' : '';
  return `import ${type}${[name, list].filter(Boolean).join(', ')} from ${declaration.getModuleSpecifier().getText()}${end}`;
}
