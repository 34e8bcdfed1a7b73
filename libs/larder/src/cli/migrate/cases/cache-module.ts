import type { CallExpression, Node, ObjectLiteralExpression, SourceFile } from 'ts-morph';
import { durationText, numberOf } from '../code/durations.js';
import { indentOf, isFirstOnLine } from '../code/indentation.js';
import { bare, is } from '../code/node-kind.js';
import type { TextEdits } from '../code/text-edits.js';
import { importedNames } from './cache-calls.js';
import { type Refusal, refuse } from './candidate.js';
import { type Stores, storesOf } from './stores.js';

/** A call of `CacheModule.register` or `registerAsync`. */
export interface Registration {
  readonly call: CallExpression;
  readonly isAsync: boolean;
  /** The options, as far as they are written there. */
  readonly options: ObjectLiteralExpression | undefined;
  readonly stores: Stores | undefined;
  /** Why its options cannot be moved. */
  readonly problem: string | undefined;
}

export interface Registrations {
  readonly all: readonly Registration[];
  /** Other uses of the module. */
  readonly others: readonly Node[];
}

/** A TTL for methods that name none: the module's, as far as it is known. */
export type DefaultTtl = { readonly text: string } | undefined;

const MOVED: ReadonlySet<string> = new Set(['ttl', 'stores', 'isGlobal']);

export function registrations(sources: readonly SourceFile[]): Registrations {
  const all: Registration[] = [];
  const others: Node[] = [];
  for (const name of importedNames(sources, ['CacheModule'])) {
    const access = name.getParent();
    const call = access?.getParent();
    const method = is(access, 'PropertyAccessExpression') ? access.getName() : '';
    if (is(call, 'CallExpression') && (method === 'register' || method === 'registerAsync'))
      all.push(registrationOf(call, method === 'registerAsync'));
    else others.push(name);
  }
  return { all, others };
}

function registrationOf(call: CallExpression, isAsync: boolean): Registration {
  const [given] = call.getArguments();
  const options = isAsync ? madeOptions(given) : given;
  const common = { call, isAsync };
  if (given === undefined) return { ...common, options: undefined, stores: undefined, problem: undefined };
  if (!is(options, 'ObjectLiteralExpression')) {
    return {
      ...common,
      options: undefined,
      stores: undefined,
      problem: isAsync ? 'no arrow function returns its options as an object' : 'its options are no object here',
    };
  }
  const names = options
    .getProperties()
    .map((property) => (is(property, 'PropertyAssignment') ? property.getName() : property.getText()));
  const unknown = names.find((name) => !MOVED.has(name));
  const list = memberOf(options, 'stores');
  const stores = list === undefined ? undefined : storesOf(list);
  const problem = unknown === undefined ? stores?.problem : `its option ${unknown} has no counterpart`;
  return { ...common, options, stores, problem };
}

/** The object that the `useFactory` of a registration returns. */
function madeOptions(given: Node | undefined): Node | undefined {
  const factory = is(given, 'ObjectLiteralExpression') ? memberOf(given, 'useFactory') : undefined;
  if (!is(factory, 'ArrowFunction')) return undefined;
  const body = factory.getBody();
  if (!is(body, 'Block')) return bare(body);
  const [only, ...further] = body.getStatements();
  const value = is(only, 'ReturnStatement') && further.length === 0 ? only.getExpression() : undefined;
  return value === undefined ? undefined : bare(value);
}

function memberOf(object: ObjectLiteralExpression, name: string): Node | undefined {
  const property = object.getProperty(name);
  return is(property, 'PropertyAssignment') ? property.getInitializer() : undefined;
}

/** The TTL of methods that name none; `undefined` if it is known at runtime only. Without one, values do not expire. */
export function defaultTtl(all: readonly Registration[]): DefaultTtl {
  const [registration, ...others] = all;
  if (registration === undefined || others.length > 0) return undefined;
  const { options, call, stores, problem } = registration;
  if (options === undefined) return call.getArguments().length === 0 ? { text: 'Infinity' } : undefined;
  const ttl = memberOf(options, 'ttl');
  if (ttl === undefined)
    return options.getProperty('ttl') === undefined && stores?.hasTtl !== true && problem === undefined
      ? { text: 'Infinity' }
      : undefined;
  const value = numberOf(ttl);
  const text = value === undefined ? undefined : durationText(ttl);
  return text === undefined ? undefined : { text: /^'|^Infinity$|^[\d_]+$/.test(text) ? text : String(value) };
}

/**
 * Puts `LarderModule` in the place of `CacheModule`, or before it if some code still uses the cache.
 *
 * @param isLast whether no code uses the cache any more
 * @param isNeeded whether decorators need `LarderModule`
 */
export function moveRegistration(
  edits: TextEdits,
  registration: Registration,
  isLast: boolean,
  isNeeded: boolean,
): Refusal | undefined {
  const { call, problem, stores, options } = registration;
  const isInList = is(call.getParent(), 'ArrayLiteralExpression');
  const hasLarder = call.getParent()?.getText().includes('LarderModule.forRoot') === true;
  if (problem !== undefined || !isInList) {
    if (isNeeded && isInList && !hasLarder) putBefore(edits, call, 'LarderModule.forRoot()');
    return refuse(
      call,
      problem ?? 'it is in no list of imports',
      'Set LARDER_REDIS_URL if its store was Redis, and then remove stores',
    );
  }
  const ttl = options === undefined ? undefined : memberOf(options, 'ttl');
  const seconds = isLast && ttl !== undefined ? durationText(ttl) : undefined;
  const moved = [
    ...(stores?.redis === undefined ? [] : [`redis: ${stores.redis.getText()}`]),
    ...(stores?.maxEntries === undefined ? [] : [`maxEntries: ${stores.maxEntries}`]),
    ...(seconds === undefined ? [] : [`defaultTtl: ${seconds}`]),
  ];
  const text = larderText(registration, moved);
  if (isLast) edits.replace(call, hasLarder ? 'LarderModule.forRoot()' : text);
  else if (!hasLarder && (isNeeded || moved.length > 0)) putBefore(edits, call, text);
  const left = isLast ? undefined : options?.getProperty('stores');
  if (left !== undefined) edits.removeElement(left);
  return undefined;
}

function putBefore(edits: TextEdits, call: CallExpression, text: string): void {
  edits.insert(
    call.getSourceFile(),
    call.getStart(),
    isFirstOnLine(call) ? `${text},\n${indentOf(call)}` : `${text}, `,
  );
}

function larderText({ call, isAsync, options }: Registration, moved: readonly string[]): string {
  if (moved.length === 0) return 'LarderModule.forRoot()';
  if (!isAsync || options === undefined) return `LarderModule.forRoot({ ${moved.join(', ')} })`;
  const [given] = call.getArguments();
  if (!is(given, 'ObjectLiteralExpression')) return 'LarderModule.forRoot()';
  const factory = memberOf(given, 'useFactory') as Node;
  const [start, end] = [options.getStart() - factory.getStart(), options.getEnd() - factory.getStart()];
  const made = `${factory.getText().slice(0, start)}{ ${moved.join(', ')} }${factory.getText().slice(end)}`;
  const kept = ['imports', 'inject'].flatMap((name) => given.getProperty(name)?.getText() ?? []);
  return `LarderModule.forRootAsync({ ${[...kept, `useFactory: ${made}`].join(', ')} })`;
}
