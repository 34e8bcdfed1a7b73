import type {
  CallExpression,
  ClassDeclaration,
  Identifier,
  Node,
  ParameterDeclaration,
  PropertyDeclaration,
  SourceFile,
} from 'ts-morph';
import { ANY_KEY, type KeyShape, shapeOf } from '../code/key-shape.js';
import { is } from '../code/node-kind.js';

/** Where the names of `@nestjs/cache-manager` come from, before and after a run. */
const CACHE_PACKAGES: ReadonlySet<string> = new Set(['@nestjs/cache-manager', 'cache-manager', 'nest-larder/compat']);

/** A member of a class that holds the injected cache. */
export interface Holder {
  readonly owner: ClassDeclaration;
  readonly declaration: ParameterDeclaration | PropertyDeclaration;
}

/** A call of a method of the cache. */
export interface CacheCall {
  readonly call: CallExpression;
  readonly method: string;
  readonly holder: Holder;
  readonly key: KeyShape;
}

/** A use of the cache that is no call of a known method. */
interface OtherUse {
  readonly node: Node;
  /** What it is, as a clause. */
  readonly text: string;
}

export interface CacheUses {
  readonly holders: readonly Holder[];
  readonly calls: readonly CacheCall[];
  readonly others: readonly OtherUse[];
}

/** Methods of one key, which is their first argument. */
const OF_ONE_KEY: ReadonlySet<string> = new Set(['get', 'set', 'del', 'wrap', 'ttl']);

/** Every use of the injected cache. */
export function cacheUses(sources: readonly SourceFile[]): CacheUses {
  const holders = new Map<Node, Holder>();
  const others: OtherUse[] = [];
  for (const identifier of importedNames(sources, ['CACHE_MANAGER', 'Cache'])) {
    const place = placeOf(identifier);
    if (place === 'import') continue;
    if (typeof place !== 'string') holders.set(place.declaration, place);
    else others.push({ node: identifier, text: place });
  }
  const calls: CacheCall[] = [];
  for (const holder of holders.values()) {
    const name = holder.declaration.getNameNode();
    if (!is(name, 'Identifier')) continue;
    for (const reference of name.findReferencesAsNodes()) {
      if (reference === name) continue;
      const call = callOn(reference, holder);
      if (call === undefined) others.push({ node: reference, text: 'the cache is passed on' });
      else calls.push(call);
    }
  }
  return { holders: [...holders.values()], calls, others };
}

/** The identifiers in files that stand for imported names of the cache packages; those in the imports are left out. */
export function importedNames(sources: readonly SourceFile[], names: readonly string[]): Identifier[] {
  return sources.flatMap((source) => {
    const local = source
      .getImportDeclarations()
      .filter((declaration) => CACHE_PACKAGES.has(declaration.getModuleSpecifierValue()))
      .flatMap((declaration) => declaration.getNamedImports())
      .filter((specifier) => names.includes(specifier.getName()))
      .map((specifier) => specifier.getAliasNode()?.getText() ?? specifier.getName());
    if (local.length === 0) return [];
    return source
      .getDescendants()
      .filter((node): node is Identifier => is(node, 'Identifier') && local.includes(node.getText()))
      .filter((node) => !node.getAncestors().some((around) => around.getKindName() === 'ImportDeclaration'))
      .filter(
        (node) => !is(node.getParent(), 'PropertyAccessExpression') || node.getParent()?.getFirstChild() === node,
      );
  });
}

function placeOf(identifier: Identifier): Holder | 'import' | string {
  const parent = identifier.getParentOrThrow();
  const isToken = is(parent, 'CallExpression') && parent.getExpression().getText() === 'Inject';
  const declaration = isToken ? parent.getParent()?.getParent() : parent.getParent();
  if (is(declaration, 'Parameter') || is(declaration, 'PropertyDeclaration')) {
    const isInjected = declaration.getDecorator('Inject') !== undefined;
    // The type of a parameter that its decorator has named already.
    const isType = parent.getKindName() === 'TypeReference';
    const owner = is(declaration, 'Parameter') ? declaration.getParent().getParent() : declaration.getParent();
    const isMember = is(declaration, 'PropertyDeclaration') || declaration.isParameterProperty();
    const isOfConstructor = is(declaration, 'PropertyDeclaration') || is(declaration.getParent(), 'Constructor');
    if (
      is(owner, 'ClassDeclaration') &&
      isMember &&
      isOfConstructor &&
      (isToken || (isType && (isInjected || is(declaration, 'Parameter'))))
    ) {
      return { owner, declaration };
    }
  }
  if (is(parent, 'PropertyAssignment') && parent.getName() === 'provide')
    return 'another cache is provided in its place';
  if (is(parent, 'CallExpression')) return `${parent.getExpression().getText()} takes the cache`;
  return 'the cache is passed on';
}

function callOn(reference: Node, holder: Holder): CacheCall | undefined {
  const held = reference.getParent();
  const access = is(held, 'PropertyAccessExpression') ? held.getParent() : undefined;
  const call = is(access, 'PropertyAccessExpression') ? access.getParent() : undefined;
  if (!is(access, 'PropertyAccessExpression') || !is(call, 'CallExpression')) return undefined;
  if (call.getExpression() !== access || access.getExpression() !== held) return undefined;
  const method = access.getName();
  const [first] = call.getArguments();
  return { call, method, holder, key: OF_ONE_KEY.has(method) && first !== undefined ? shapeOf(first) : ANY_KEY };
}
