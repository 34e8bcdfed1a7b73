import type { ClassDeclaration, Decorator, MethodDeclaration, Node, ParameterDeclaration, SourceFile } from 'ts-morph';
import { durationText } from '../code/durations.js';
import { keptResult } from '../code/fresh-values.js';
import { ANY_KEY, HOLE, type KeyShape, shapeOf } from '../code/key-shape.js';
import { type PortableKey, parameterList } from '../code/key-text.js';
import { is } from '../code/node-kind.js';
import { placeOf, shown } from '../code/place.js';
import { canBeInKey, classWithin, isPrimitive, isPromise } from '../code/value-types.js';
import { importedNames } from './cache-calls.js';
import type { DefaultTtl } from './cache-module.js';
import { addDecorator, type Candidate, quoteOf, type Refusal, refuse } from './candidate.js';

const DECLARE_SCOPE =
  "Declare who may share its responses: @CacheScope('shared') or @CacheScope('user'), or scope of @Cacheable";
const USE_CACHEABLE = 'Use @Cacheable on the handler, with a key of what its response depends on';

/** Decorators after which a handler answers in a way of its own. */
const OWN_WAY: ReadonlySet<string> = new Set(['Sse', 'Render', 'Redirect', 'Version', 'HttpCode']);

/** What the whole program says about its handlers. */
export interface HandlerSetting {
  /** Why no handler can be rewritten; `undefined` if single ones can. */
  readonly obstacle: Refusal | undefined;
  /** Why no method can be cached without a scope. */
  readonly perRequest: Refusal | undefined;
}

/** A handler whose responses the interceptor caches. */
export interface CachedHandler {
  readonly method: MethodDeclaration;
  readonly owner: ClassDeclaration;
  /** The interceptor, on the method or its class. */
  readonly interceptor: Decorator;
  readonly isOnClass: boolean;
  /** The keys of its responses. */
  readonly shape: KeyShape;
}

/** The handlers that `@UseInterceptors(CacheInterceptor)` caches. */
export function cachedHandlers(sources: readonly SourceFile[]): CachedHandler[] {
  const decorators = importedNames(sources, ['CacheInterceptor'])
    .map((name) => name.getParent()?.getParent())
    .filter((one): one is Decorator => is(one, 'Decorator') && one.getName() === 'UseInterceptors');
  return decorators.flatMap((interceptor): CachedHandler[] => {
    const place = interceptor.getParent();
    if (is(place, 'MethodDeclaration')) {
      const owner = place.getParent();
      return is(owner, 'ClassDeclaration')
        ? [{ method: place, owner, interceptor, isOnClass: false, shape: keysOf(place, owner) }]
        : [];
    }
    if (!is(place, 'ClassDeclaration')) return [];
    return place
      .getMethods()
      .filter((method) => method.getDecorator('Get') !== undefined || method.getDecorator('CacheKey') !== undefined)
      .map((method) => ({ method, owner: place, interceptor, isOnClass: true, shape: keysOf(method, place) }));
  });
}

/** Obstacles that concern every handler. */
export function handlerSetting(sources: readonly SourceFile[], product: readonly SourceFile[]): HandlerSetting {
  const find = (text: RegExp, reason: string, remedy: string, among = product): Refusal | undefined => {
    for (const source of among) {
      const found = source
        .getDescendants()
        .find(
          (node) =>
            /^(Identifier|StringLiteral)$/.test(node.getKindName()) && text.test(node.getText()) && !isImported(node),
        );
      if (found !== undefined) return refuse(found, `${reason} (${shown(placeOf(found))})`, remedy);
    }
    return undefined;
  };
  return {
    perRequest: find(/^REQUEST$/, 'a class may be made for each request', 'Declare the scope of @Cacheable'),
    obstacle:
      find(/^(APP_GUARD|useGlobalGuards)$/, 'a guard of all handlers may tell callers apart', DECLARE_SCOPE) ??
      find(
        /^(APP_INTERCEPTOR|useGlobalInterceptors)$/,
        'an interceptor of all handlers may change what Larder freezes',
        USE_CACHEABLE,
      ) ??
      find(
        /^(REQUEST|AsyncLocalStorage|ClsService)$/,
        'a response may depend on the request by another way than its parameters',
        USE_CACHEABLE,
      ) ??
      find(/^enableVersioning$/, 'versions share a URL', USE_CACHEABLE) ??
      find(
        /^['"]x-cache['"]$/i,
        'X-Cache is read, and @Cacheable sends Cache-Status in its place',
        'Read Cache-Status',
        sources,
      ),
  };
}

/** A handler with `@Cacheable` in place of the interceptor. */
export function handlerCandidate(
  handler: CachedHandler,
  setting: HandlerSetting,
  defaultTtl: DefaultTtl,
): Candidate | Refusal {
  const { method, owner, interceptor, isOnClass } = handler;
  if (setting.obstacle !== undefined) return refuse(method, setting.obstacle.reason, setting.obstacle.remedy);
  const problem = problemOf(handler);
  if (problem !== undefined) return problem;
  const key = handlerKey(method, owner);
  if ('reason' in key) return key;
  const noted = method.getDecorator('CacheTTL') ?? owner.getDecorator('CacheTTL');
  const [given] = noted?.getArguments() ?? [];
  const ttl = given === undefined ? defaultTtl?.text : durationText(given);
  if (ttl === undefined)
    return refuse(method, 'its TTL is known at runtime only', 'Write the TTL as a number, or as a constant');
  const list = parameterList(method, key.parameters);
  if (list === undefined) return refuse(method, 'its parameters have no types', 'Declare their types');
  const own = [method.getDecorator('CacheKey'), method.getDecorator('CacheTTL'), isOnClass ? undefined : interceptor];
  return {
    kind: 'Cacheable',
    method,
    calls: [],
    shapes: [handler.shape],
    keys: key.noted,
    decorators: own.filter((decorator) => decorator !== undefined),
    edit: (edits, form) => {
      const path = key.text ?? key.noted.map(form).join();
      addDecorator(edits, method, `@Cacheable({ key: (${list.join(', ')}) => ${path}, ttl: ${ttl} })`);
      const type = method.getReturnTypeNode();
      if (isPromise(method.getReturnType())) return;
      edits.insert(method.getSourceFile(), method.getNameNode().getStart(), 'async ');
      if (type !== undefined) edits.replace(type, `Promise<${type.getText()}>`);
    },
  };
}

function problemOf({ method, owner, interceptor }: CachedHandler): Refusal | undefined {
  if (
    interceptor.getArguments().length > 1 ||
    method.getDecorators().filter(isInterceptor).length + owner.getDecorators().filter(isInterceptor).length > 1
  ) {
    return refuse(method, 'other interceptors may change what Larder freezes', USE_CACHEABLE);
  }
  if ([...method.getDecorators(), ...owner.getDecorators()].some((one) => one.getName() === 'UseGuards')) {
    return refuse(
      method,
      'it is behind a guard, and the interceptor shares its response by the URL alone',
      DECLARE_SCOPE,
    );
  }
  if (method.getDecorator('Get') === undefined) return refuse(method, 'it is no GET handler', USE_CACHEABLE);
  const [ownPath] = method.getDecorator('Get')?.getArguments() ?? [];
  if (ownPath !== undefined && !is(ownPath, 'StringLiteral'))
    return refuse(method, 'its path is no text', USE_CACHEABLE);
  const ownWay = method.getDecorators().find((one) => OWN_WAY.has(one.getName()));
  if (ownWay !== undefined) return refuse(method, `@${ownWay.getName()} changes how it answers`, USE_CACHEABLE);
  const controller = owner.getDecorator('Controller');
  const [path] = controller?.getArguments() ?? [];
  if (controller === undefined || (path !== undefined && !is(path, 'StringLiteral')))
    return refuse(method, 'the path of its controller is no text', USE_CACHEABLE);
  const value = method.getReturnType();
  const type = isPromise(value) ? value.getTypeArguments()[0] : value;
  if (type?.getSymbol()?.getName() === 'Observable') return refuse(method, 'it returns an Observable', USE_CACHEABLE);
  const className = type === undefined ? 'any' : classWithin(type);
  if (className !== undefined) {
    return refuse(
      method,
      `it returns ${className === 'any' || className === 'unknown' ? className : `instances of ${className}`}`,
      'Name the class in classes of LarderModule.forRoot, or return plain data',
    );
  }
  const body = method.getBody();
  const kept = body === undefined ? method : keptResult(body);
  if (kept !== undefined)
    return refuse(kept, 'the value may be kept elsewhere, and Larder freezes what it stores', 'Return a copy');
  const caller = method.findReferencesAsNodes().find((node) => node !== method.getNameNode());
  return caller === undefined
    ? undefined
    : refuse(method, `it is also called at ${shown(placeOf(caller))}`, USE_CACHEABLE);
}

interface HandlerKey {
  /** The parts of the URL; `undefined` if the key is {@link noted}. */
  readonly text: string | undefined;
  readonly noted: readonly PortableKey[];
  readonly parameters: readonly ParameterDeclaration[];
}

/** The parts of the URL that a handler reads, below its path. */
function handlerKey(method: MethodDeclaration, owner: ClassDeclaration): HandlerKey | Refusal {
  const quote = quoteOf(method);
  const noted = method.getDecorator('CacheKey');
  if (noted !== undefined) {
    const [given] = noted.getArguments();
    const { text, holes } = given === undefined ? ANY_KEY : shapeOf(given);
    if (given === undefined || text.includes(HOLE)) return refuse(method, 'a function makes its key', USE_CACHEABLE);
    return {
      text: undefined,
      noted: [{ shape: { text, holes }, expression: given, parameters: [], usesResult: false }],
      parameters: [],
    };
  }
  const parameters = method.getParameters();
  const byParam = new Map<string, ParameterDeclaration>();
  const members: string[] = [];
  const whole: string[] = [];
  for (const parameter of parameters) {
    const [decorator, ...others] = parameter.getDecorators();
    const [name] = decorator?.getArguments() ?? [];
    const source = decorator?.getName();
    if (others.length > 0 || (source !== 'Param' && source !== 'Query') || !is(parameter.getNameNode(), 'Identifier')) {
      return refuse(parameter, 'it reads more of the request than path and query', USE_CACHEABLE);
    }
    if (name !== undefined && !is(name, 'StringLiteral')) {
      if (source === 'Param' || is(name, 'Identifier'))
        return refuse(parameter, 'the name of a parameter is no text', USE_CACHEABLE);
    }
    const isWhole = !is(name, 'StringLiteral');
    if (!(isWhole ? canBeInKey(parameter.getType()) : isPrimitive(parameter.getType()))) {
      return refuse(parameter, `a key cannot be made of ${parameter.getName()} by its type`, USE_CACHEABLE);
    }
    if (isWhole && source === 'Param') whole.push(`{ ...${parameter.getName()} }`);
    else if (isWhole) members.push(`...${parameter.getName()}`);
    else if (source === 'Param') byParam.set(name.getLiteralText(), parameter);
    else members.push(parameter.getName());
  }
  const segments = pathOf(owner, method).map((segment) => {
    const parameter = segment.startsWith(':') ? byParam.get(segment.slice(1)) : undefined;
    return parameter === undefined ? `${quote}${segment}${quote}` : parameter.getName();
  });
  const [head = `${quote}${quote}`, ...rest] = segments;
  const first = head.startsWith(quote) ? `${quote}/${head.slice(1)}` : `${quote}/${quote}, ${head}`;
  const parts = [first, ...rest, ...whole, ...(members.length > 0 ? [`{ ${members.join(', ')} }`] : [])];
  return { text: `[${parts.join(', ')}]`, noted: [], parameters };
}

/** `products/:id` of a controller and its handler, as segments. */
function pathOf(owner: ClassDeclaration, method: MethodDeclaration): string[] {
  const texts = [owner.getDecorator('Controller'), method.getDecorator('Get')].map((decorator) => {
    const [path] = decorator?.getArguments() ?? [];
    return is(path, 'StringLiteral') ? path.getLiteralText() : '';
  });
  return texts.flatMap((text) => text.split('/')).filter((segment) => segment !== '');
}

/** The keys of the interceptor: the noted one, or URLs with any prefix and any query. */
function keysOf(method: MethodDeclaration, owner: ClassDeclaration): KeyShape {
  const [noted] = method.getDecorator('CacheKey')?.getArguments() ?? [];
  if (noted !== undefined) return shapeOf(noted);
  const path = pathOf(owner, method).map((segment) => (/^\w[\w-]*$/.test(segment) ? segment : HOLE));
  return { text: `/${HOLE}${path.join('/')}${HOLE}`, holes: [], isUrl: true };
}

function isInterceptor(decorator: Decorator): boolean {
  return decorator.getName() === 'UseInterceptors';
}

function isImported(node: Node): boolean {
  return node.getAncestors().some((around) => around.getKindName() === 'ImportDeclaration');
}
