import type { Node } from 'ts-morph';
import { numberOf } from '../code/durations.js';
import { bare, is } from '../code/node-kind.js';

/** What the option `stores` says. */
export interface Stores {
  /** The URL of Redis. */
  readonly redis: Node | undefined;
  readonly maxEntries: number | undefined;
  /** Whether a store has a TTL of its own. */
  readonly hasTtl: boolean;
  /** Why it cannot be moved. */
  readonly problem: string | undefined;
}

const MEMORY: Stores = { redis: undefined, maxEntries: undefined, hasTtl: false, problem: undefined };

/** Reads `[new Keyv({ store: new CacheableMemory({ lruSize }) }), new KeyvRedis(url)]` and the like. */
export function storesOf(given: Node): Stores {
  const list = bare(given);
  const all = (is(list, 'ArrayLiteralExpression') ? list.getElements() : [list]).map(storeOf);
  const servers = all.flatMap(({ redis }) => redis ?? []);
  return {
    redis: servers[0],
    maxEntries: all.find(({ maxEntries }) => maxEntries !== undefined)?.maxEntries,
    hasTtl: all.some(({ hasTtl }) => hasTtl),
    problem: servers.length > 1 ? 'it has several servers' : all.find(({ problem }) => problem !== undefined)?.problem,
  };
}

function storeOf(given: Node): Stores {
  const node = bare(given);
  const called = is(node, 'CallExpression') || is(node, 'NewExpression') ? node.getExpression().getText() : '';
  const [first] = is(node, 'CallExpression') || is(node, 'NewExpression') ? node.getArguments() : [];
  if (called === 'KeyvRedis' || called === 'createKeyv') return redisAt(first);
  if (called === 'CacheableMemory') return memoryOf(first);
  if (called !== 'Keyv') return { ...MEMORY, problem: `its store ${node.getText().slice(0, 60)} has no counterpart` };
  if (first === undefined) return MEMORY;
  if (!is(first, 'ObjectLiteralExpression')) return storeOf(first);
  const store = first.getProperty('store');
  const inner = is(store, 'PropertyAssignment') ? storeOf(store.getInitializerOrThrow()) : MEMORY;
  return { ...inner, hasTtl: inner.hasTtl || first.getProperty('ttl') !== undefined };
}

function redisAt(given: Node | undefined): Stores {
  const url = is(given, 'ObjectLiteralExpression') ? onlyMember(given, 'url') : given;
  if (url === undefined || !isText(url))
    return { ...MEMORY, problem: 'its store is Redis at an address that is no URL here' };
  return { ...MEMORY, redis: url };
}

function isText(node: Node): boolean {
  const type = node.getType().getNonNullableType();
  return type.isString() || type.isStringLiteral() || type.isAny();
}

function memoryOf(given: Node | undefined): Stores {
  if (given === undefined) return MEMORY;
  if (!is(given, 'ObjectLiteralExpression'))
    return { ...MEMORY, problem: 'the options of its store are no object here' };
  const size = given.getProperty('lruSize');
  const maxEntries = is(size, 'PropertyAssignment') ? numberOf(size.getInitializerOrThrow()) : undefined;
  return {
    ...MEMORY,
    maxEntries: maxEntries === 0 ? undefined : maxEntries,
    hasTtl: given.getProperty('ttl') !== undefined,
  };
}

function onlyMember(object: Node, name: string): Node | undefined {
  if (!is(object, 'ObjectLiteralExpression')) return undefined;
  const [only, ...others] = object.getProperties();
  return others.length === 0 && is(only, 'PropertyAssignment') && only.getName() === name
    ? only.getInitializer()
    : undefined;
}
