import type { ModulesContainer } from '@nestjs/core';
import type { CacheManagerOptions } from './options.js';

/** One call of `CacheModule.register`, as a provider that marks its module. */
export interface Registered {
  readonly isGlobal: boolean;
}

/** The token of {@link Registered}. */
export const REGISTERED = Symbol('nest-larder/compat registered');

/**
 * The namespace of a cache. With stores of its own, a cache of `cache-manager` shares the keys of all processes, by default as
 * `keyv`. Without stores each module has its own keys, therefore the names of the modules that import it are the namespace.
 */
export function namespaceOf(
  { namespace, stores }: CacheManagerOptions,
  registered: Registered,
  modules: ModulesContainer,
): string {
  if (namespace !== undefined) return namespace;
  if (stores !== undefined) return 'keyv';
  if (registered.isGlobal) return 'global';
  const all = [...modules.values()];
  const own = all.find(({ providers }) => providers.get(REGISTERED)?.instance === registered);
  const importers = all.filter(({ imports }) => own !== undefined && imports.has(own));
  return importers
    .map(({ metatype }) => metatype.name)
    .sort()
    .join('+');
}
