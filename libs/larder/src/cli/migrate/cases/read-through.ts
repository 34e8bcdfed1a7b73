import type { MethodDeclaration } from 'ts-morph';
import { durationText } from '../code/durations.js';
import { parameterList, portableKey } from '../code/key-text.js';
import { is } from '../code/node-kind.js';
import { placeOf, shown } from '../code/place.js';
import { changeOfResult } from '../code/read-only-use.js';
import { allows, classWithin, isAlwaysTruthy, resultType } from '../code/value-types.js';
import type { CacheCall } from './cache-calls.js';
import type { DefaultTtl } from './cache-module.js';
import type { CachedRead } from './cached-read.js';
import { addDecorator, type Candidate, type Refusal, refuse } from './candidate.js';
import { ofGetAndSet } from './get-and-set.js';
import { ofWrap } from './wrapped-load.js';

/** A method that reads a key, and loads and stores its value when it is missing. */
export function readThrough(
  method: MethodDeclaration,
  calls: readonly CacheCall[],
  defaultTtl: DefaultTtl,
): Candidate | Refusal {
  const body = method.getBody();
  if (!is(body, 'Block')) return refuse(method, 'it has no body');
  const found = ofWrap(method, body, calls) ?? ofGetAndSet(body, calls);
  if (found === undefined) {
    return refuse(
      method,
      'it does more with the cache than read a key, load and store',
      'Use cache.getOrLoad of nest-larder, or split the method',
    );
  }
  if ('reason' in found) return found;
  const problem = problemOf(method, found);
  if (problem !== undefined) return problem;
  const key = portableKey(found.key, method);
  if (typeof key === 'string') return refuse(method, key, 'Make the key from the parameters');
  const ttl = found.ttl === undefined ? defaultTtl?.text : durationText(found.ttl);
  if (ttl === undefined) {
    const reason =
      found.ttl === undefined
        ? 'its TTL is that of the module, which is known at runtime only'
        : 'its TTL is known at runtime only';
    return refuse(method, reason, 'Write the TTL as a number, or as a constant');
  }
  const list = parameterList(method, key.parameters);
  if (list === undefined) return refuse(method, 'its parameters have no types', 'Declare their types');
  const type = resultType(method);
  const storesNull = found.serves === 'defined' && type !== undefined && allows(type, 'null');
  return {
    kind: 'Cacheable',
    method,
    calls: found.calls,
    shapes: [key.shape],
    keys: [key],
    decorators: [],
    edit: (edits, form) => {
      found.write(edits);
      const options = [
        `key: (${list.join(', ')}) => ${form(key)}`,
        `ttl: ${ttl}`,
        ...(storesNull ? ['cacheNull: true'] : []),
      ];
      addDecorator(edits, method, `@Cacheable({ ${options.join(', ')} })`);
      if (!method.isAsync()) edits.insert(method.getSourceFile(), method.getNameNode().getStart(), 'async ');
    },
  };
}

function problemOf(method: MethodDeclaration, { serves, kept }: CachedRead): Refusal | undefined {
  if (method.isStatic()) return refuse(method, 'it is static');
  if (method.getTypeParameters().length > 0) return refuse(method, 'it has type parameters');
  if (method.getName().startsWith('#')) return refuse(method, 'it is a #private method');
  const type = resultType(method);
  if (type === undefined) return refuse(method, 'it returns no promise');
  const { strict, strictNullChecks = strict } = method.getProject().getCompilerOptions();
  if (serves === 'defined' && !strictNullChecks) {
    return refuse(method, 'whether it returns null cannot be told without strictNullChecks', 'Set strictNullChecks');
  }
  if (serves === 'truthy' && !isAlwaysTruthy(type)) {
    return refuse(
      method,
      "a stored 0, '' or false is loaded again, and any and unknown tell nothing",
      'Compare with undefined, or declare what it returns',
    );
  }
  if (serves === 'defined' && allows(type, 'null') && allows(type, 'undefined'))
    return refuse(method, 'it returns null and undefined');
  const className = classWithin(type);
  if (className !== undefined) {
    return refuse(
      method,
      `it returns ${className === 'any' || className === 'unknown' ? className : `instances of ${className}`}`,
      'Name the class in classes of LarderModule.forRoot, or return plain data',
    );
  }
  if (kept !== undefined)
    return refuse(kept, 'the value may be kept elsewhere, and Larder freezes what it stores', 'Return a copy');
  const change = changeOfResult(method.getNameNode());
  if (change === undefined) return undefined;
  return refuse(
    method,
    `its result may be changed at ${shown(placeOf(change))}, and Larder freezes what it stores`,
    'Change a copy there',
  );
}
