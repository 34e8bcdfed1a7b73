import { Controller, Get, Inject, Injectable, Module, Param, Scope } from '@nestjs/common';
import {
  type ContextId,
  ContextIdFactory,
  type ContextIdStrategy,
  type HostComponentInfo,
  REQUEST,
} from '@nestjs/core';
import { Cacheable, LarderModule } from 'nest-larder';

type TenantRequest = { headers: Record<string, string | undefined>; tenantId?: string };

export const counts = { request: 0, durable: 0, instances: 0 };

/** Each request has its own instance; the cache is one, and `scope` says who shares a value. */
@Injectable({ scope: Scope.REQUEST })
export class Prices {
  constructor(@Inject(REQUEST) readonly request: TenantRequest) {}

  @Cacheable({ key: (item: string) => ['prices', item], ttl: '1m', scope: 'shared' })
  async one(item: string) {
    return { item, load: ++counts.request };
  }
}

/** Each tenant has its own instance, so its key has the tenant. */
@Injectable({ scope: Scope.REQUEST, durable: true })
export class TenantSettings {
  readonly tenantId: string;

  constructor(@Inject(REQUEST) { tenantId = '' }: TenantRequest) {
    counts.instances++;
    this.tenantId = tenantId;
  }

  @Cacheable({
    key(this: TenantSettings) {
      return ['settings', this.tenantId];
    },
    ttl: '1m',
    scope: 'shared',
  })
  async all() {
    return { tenant: this.tenantId, load: ++counts.durable };
  }
}

@Controller()
export class AppController {
  constructor(
    private readonly prices: Prices,
    private readonly settings: TenantSettings,
  ) {}

  @Get('prices/:item')
  price(@Param('item') item: string) {
    return this.prices.one(item);
  }

  @Get('settings')
  tenantSettings() {
    return this.settings.all();
  }
}

/** Nest's strategy for durable providers: one tree of instances for each tenant. */
export class ByTenant implements ContextIdStrategy {
  readonly #trees = new Map<string, ContextId>();

  attach(contextId: ContextId, { headers }: TenantRequest) {
    const tenantId = headers['x-tenant'] ?? '';
    const tree = this.#trees.get(tenantId) ?? ContextIdFactory.create();
    this.#trees.set(tenantId, tree);
    return {
      resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tree : contextId),
      payload: { tenantId },
    };
  }
}

@Module({
  imports: [LarderModule.forRoot()],
  controllers: [AppController],
  providers: [Prices, TenantSettings],
})
export class AppModule {}
