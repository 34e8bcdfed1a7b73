import { CacheInterceptor, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, Header, Inject, Injectable, UseInterceptors } from '@nestjs/common';
import type { BentoCache } from 'bentocache';
import { Cacheable } from 'nest-larder';
import type { TournamentPage } from './tournaments.js';

// The same route in each compared variant, without guards, pipes or parameters.

/** The common response. */
export const PAGE = Symbol('page');
export const BENTO = Symbol('bentocache');

const FIVE_MINUTES = 300_000;

@Controller('tournaments')
export class Constant {
  constructor(@Inject(PAGE) private readonly page: TournamentPage) {}

  @Get()
  async list(): Promise<TournamentPage> {
    return this.page;
  }
}

/** The encoded response: the best that a handler can do by itself. */
@Injectable()
@Controller('tournaments')
export class Serialised {
  private readonly body: string;

  constructor(@Inject(PAGE) page: TournamentPage) {
    this.body = JSON.stringify(page);
  }

  @Get()
  @Header('Content-Type', 'application/json; charset=utf-8')
  async list(): Promise<string> {
    return this.body;
  }
}

@Controller('tournaments')
export class Larder {
  constructor(@Inject(PAGE) private readonly page: TournamentPage) {}

  @Get()
  @Cacheable({ key: () => ['tournaments'], ttl: FIVE_MINUTES, scope: 'shared' })
  async list(): Promise<TournamentPage> {
    return structuredClone(this.page);
  }
}

@Controller('tournaments')
export class LarderInRedis {
  constructor(@Inject(PAGE) private readonly page: TournamentPage) {}

  @Get()
  @Cacheable({ key: () => ['tournaments'], ttl: FIVE_MINUTES, scope: 'shared', tiers: ['redis'] })
  async list(): Promise<TournamentPage> {
    return structuredClone(this.page);
  }
}

@Controller('tournaments')
export class LarderFast {
  constructor(@Inject(PAGE) private readonly page: TournamentPage) {}

  @Get()
  @Cacheable({ key: () => ['tournaments'], ttl: FIVE_MINUTES, scope: 'shared', http: { fastLane: true } })
  async list(): Promise<TournamentPage> {
    return structuredClone(this.page);
  }
}

@Controller('tournaments')
@UseInterceptors(CacheInterceptor)
export class CacheManager {
  constructor(@Inject(PAGE) private readonly page: TournamentPage) {}

  @Get()
  @CacheTTL(FIVE_MINUTES)
  async list(): Promise<TournamentPage> {
    return structuredClone(this.page);
  }
}

@Controller('tournaments')
export class Bentocache {
  constructor(
    @Inject(PAGE) private readonly page: TournamentPage,
    @Inject(BENTO) private readonly cache: BentoCache<never>,
  ) {}

  @Get()
  async list(): Promise<TournamentPage> {
    return this.cache.getOrSet({ key: 'tournaments', ttl: FIVE_MINUTES, factory: () => structuredClone(this.page) });
  }
}
