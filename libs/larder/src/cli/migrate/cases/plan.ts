import type { ClassDeclaration, MethodDeclaration, Node, SourceFile } from 'ts-morph';
import { ANY_KEY, type KeyShape, overlap, shownShape } from '../code/key-shape.js';
import { canSplit, isBelow, type PortableKey, partsText } from '../code/key-text.js';
import { is, methodAround } from '../code/node-kind.js';
import { placeOf, shown } from '../code/place.js';
import { type CacheCall, type CacheUses, cacheUses } from './cache-calls.js';
import { defaultTtl, type Registrations, registrations } from './cache-module.js';
import { type Candidate, isRefusal, type KeyForm, nameOf, quoteOf, type Refusal, refuse } from './candidate.js';
import { customKeys } from './custom-keys.js';
import { type CachedHandler, cachedHandlers, handlerCandidate, handlerSetting } from './handlers.js';
import { invalidation } from './invalidation.js';
import { readThrough } from './read-through.js';

/** What can be rewritten, and what stays. */
export interface Plan {
  readonly candidates: readonly Candidate[];
  readonly refusals: readonly Refusal[];
  readonly uses: CacheUses;
  readonly handlers: readonly CachedHandler[];
  readonly registrations: Registrations;
  readonly form: KeyForm;
}

const SAME_KEY = 'Rewrite both by hand, or leave both';

/**
 * Finds what can be rewritten. A key is rewritten only with all code that uses it: decorators and `nest-larder/compat` share no
 * keys.
 *
 * @param product the sources without tests
 * @param given names of methods that must stay
 */
export function planOf(
  sources: readonly SourceFile[],
  product: readonly SourceFile[],
  given: ReadonlyMap<string, string>,
): Plan {
  const uses = cacheUses(sources);
  const found = registrations(sources);
  const ofProduct = found.all.filter(({ call }) => product.includes(call.getSourceFile()));
  const ttl = defaultTtl(ofProduct);
  const handlers = cachedHandlers(sources);
  const setting = handlerSetting(sources, product);
  const kept: Kept[] = [];
  const candidates: Candidate[] = [];
  const add = (one: Candidate | Refusal, shapes: readonly KeyShape[], node: Node) => {
    const problem = isRefusal(one) ? undefined : (obstacleOf(one) ?? givenObstacle(one, given));
    if (!isRefusal(one) && problem === undefined) candidates.push(one);
    else kept.push({ node, shapes, refusal: isRefusal(one) ? one : (problem as Refusal) });
  };
  for (const { node, text } of uses.others)
    kept.push({ node, shapes: [ANY_KEY], refusal: refuse(node, text, 'Use Cache of nest-larder there') });
  for (const { node, reason, remedy, shapes } of customKeys(sources))
    kept.push({ node, shapes, refusal: refuse(node, reason, remedy) });
  for (const [method, calls] of byMethod(uses.calls)) {
    const [first] = calls as [CacheCall];
    const shapes = calls.map(({ key }) => key);
    if (method === undefined) add(refuse(first.call, 'the cache is used outside of a method'), shapes, first.call);
    else if (calls.every((call) => call.method === 'del')) add(invalidation(method, calls), shapes, method);
    else if (isOfController(method))
      add(
        refuse(
          method,
          'it is a handler: @Cacheable would also send cache headers',
          'Move the cached part to a service',
        ),
        shapes,
        method,
      );
    else if (setting.perRequest !== undefined) add({ ...setting.perRequest, node: method }, shapes, method);
    else add(readThrough(method, calls, ttl), shapes, method);
  }
  for (const handler of handlers) add(handlerCandidate(handler, setting, ttl), [handler.shape], handler.method);
  if (ofProduct.length > 1) {
    const reason = `${ofProduct.length} registrations of CacheModule keep their keys apart`;
    for (const candidate of candidates.splice(0))
      kept.push({
        node: candidate.method,
        shapes: [],
        refusal: refuse(candidate.method, reason, 'Register it once, with isGlobal'),
      });
  }
  const settled = withoutSharedKeys(candidates, kept);
  return {
    candidates: settled,
    refusals: kept.map(({ refusal }) => refusal),
    uses,
    handlers,
    registrations: found,
    form: formOf(settled),
  };
}

/** Code that stays, and its keys. */
interface Kept {
  readonly node: Node;
  readonly shapes: readonly KeyShape[];
  readonly refusal: Refusal;
}

/** Drops candidates until no key of those that are left is used by code that stays; adds the dropped ones to that code. */
function withoutSharedKeys(candidates: readonly Candidate[], kept: Kept[]): Candidate[] {
  const left = [...candidates];
  for (let index = 0; index < kept.length; index++) {
    const { shapes, node } = kept[index] as Kept;
    for (const candidate of [...left]) {
      const shared = candidate.shapes.find((shape) => shapes.some((other) => overlap(shape, other)));
      if (shared === undefined) continue;
      left.splice(left.indexOf(candidate), 1);
      const reason = `its key ${shownShape(shared)} may also be used at ${shown(placeOf(node))}, which stays`;
      kept.push({
        node: candidate.method,
        shapes: candidate.shapes,
        refusal: refuse(candidate.method, reason, SAME_KEY),
      });
    }
  }
  // The URL of a handler is no key that another decorator can name.
  const urls = left.filter(isOfUrl);
  const named = left.filter((candidate) => !isOfUrl(candidate));
  const clash = urls.find((url) => named.some((other) => shareKeys(url, other)));
  if (clash === undefined) return left;
  const other = named.find((one) => shareKeys(clash, one)) as Candidate;
  kept.push({
    node: clash.method,
    shapes: clash.shapes,
    refusal: refuse(clash.method, `its URL may also be used as a key at ${shown(placeOf(other.method))}`, SAME_KEY),
  });
  return withoutSharedKeys(
    left.filter((one) => one !== clash),
    kept,
  );
}

function isOfUrl({ keys }: Candidate): boolean {
  return keys.length === 0;
}

function shareKeys(one: Candidate, other: Candidate): boolean {
  return one.shapes.some((shape) => other.shapes.some((another) => overlap(shape, another)));
}

function byMethod(calls: readonly CacheCall[]): Map<MethodDeclaration | undefined, CacheCall[]> {
  const groups = new Map<MethodDeclaration | undefined, CacheCall[]>();
  for (const call of calls) {
    const method = methodAround(call.call);
    groups.set(method, [...(groups.get(method) ?? []), call]);
  }
  return groups;
}

function isOfController(method: MethodDeclaration): boolean {
  const owner = method.getParent();
  return is(owner, 'ClassDeclaration') && owner.getDecorator('Controller') !== undefined;
}

/** Why no method of a class can get a decorator. */
function obstacleOf({ method, kind }: Candidate): Refusal | undefined {
  const owner = method.getParent();
  if (!is(owner, 'ClassDeclaration')) return refuse(method, 'it belongs to no class declaration');
  if (owner.getTypeParameters().length > 0) return refuse(method, 'its class has type parameters');
  if (!owner.getDecorators().some((decorator) => ['Injectable', 'Controller'].includes(decorator.getName())))
    return refuse(method, 'Nest does not make its class');
  const taken = owner
    .getSourceFile()
    .getDescendants()
    .find((node) => is(node, 'Identifier') && node.getText() === kind && !isOfLarder(node));
  if (taken !== undefined) return refuse(method, `${kind} is another name in this file`);
  return madeElsewhere(owner, method);
}

/** An instance that Nest did not make runs uncached, and its constructor may lose a parameter. */
function madeElsewhere(owner: ClassDeclaration, method: MethodDeclaration): Refusal | undefined {
  for (const reference of owner.findReferencesAsNodes()) {
    const parent = reference.getParent();
    if (is(parent, 'NewExpression'))
      return refuse(method, `its class is made by new at ${shown(placeOf(parent))}`, 'Let Nest make it');
    const heir =
      parent?.getKindName() === 'ExpressionWithTypeArguments'
        ? parent.getFirstAncestor((node) => is(node, 'ClassDeclaration'))
        : undefined;
    if (is(heir, 'ClassDeclaration') && heir.getConstructors().length > 0)
      return refuse(method, `${heir.getName() ?? 'a class'} extends its class and calls its constructor`);
  }
  return undefined;
}

function isOfLarder(node: Node): boolean {
  const source = node.getSourceFile();
  return source
    .getImportDeclarations()
    .some(
      (declaration) =>
        declaration.getModuleSpecifierValue() === 'nest-larder' &&
        declaration.getNamedImports().some((one) => one.getName() === node.getText()),
    );
}

function givenObstacle({ method }: Candidate, given: ReadonlyMap<string, string>): Refusal | undefined {
  const reason = given.get(idOf(method));
  return reason === undefined ? undefined : refuse(method, reason);
}

/** Tells methods apart across runs. */
export function idOf(method: MethodDeclaration): string {
  return `${method.getSourceFile().getFilePath()}#${nameOf(method)}`;
}

/** Keys become paths of parts where that makes the same keys; all that could meet take one form. */
function formOf(candidates: readonly Candidate[]): KeyForm {
  const keys = candidates.flatMap((candidate) => candidate.keys);
  const whole = new Set<PortableKey>();
  for (const key of keys) {
    const meeting = keys.filter((other) => overlap(key.shape, other.shape));
    const texts = new Set(meeting.filter(({ shape }) => shape.holes.length > 0).map(({ shape }) => shape.text));
    const isAlone = meeting.every(({ shape }) => canSplit(shape)) && texts.size <= 1;
    if (!isAlone || keys.some((other) => isBelow(other.shape, key.shape) || isBelow(key.shape, other.shape)))
      whole.add(key);
  }
  // What meets a key that stays whole stays whole too.
  for (let size = -1; size !== whole.size; ) {
    size = whole.size;
    for (const key of keys) if ([...whole].some((other) => overlap(key.shape, other.shape))) whole.add(key);
  }
  return (key) =>
    whole.has(key) || !canSplit(key.shape)
      ? `[${key.expression.getText()}]`
      : partsText(key.shape, quoteOf(key.expression));
}
