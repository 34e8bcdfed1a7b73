/** A class with an injected cache. */
export function service(name: string, members: string): string {
  return `import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';

export interface Row { id: string; price: number }
export class Money { constructor(readonly cents: number) {} }

@Injectable()
export class ${name} {
  private readonly rows: Row[] = [];

  constructor(@Inject(CACHE_MANAGER) private readonly cache: Cache) {}

  own(): number { return this.rows.length + name.length; }

${members}
}
const name: string = '${name}';
`;
}

/** A read of a key that loads by an expression. */
export const wrap = (signature: string, key: string, load = 'JSON.parse(key) as Row', rest = ', 60_000') =>
  `  async read(${signature} {\n    return this.cache.wrap(${key}, async () => ${load.replaceAll('key', "'{}'")}${rest});\n  }`;
/** A module that registers a cache. */
export const MODULE = `import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';

@Module({ imports: [CacheModule.register({ ttl: 5_000 })] })
export class AppModule {}
`;
