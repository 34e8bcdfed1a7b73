import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import { Store } from './store.js';

/** Uses of the cache that need a decision. */
@Injectable()
export class RatesService {
  asked = 0;
  private readonly region = 'eu';

  constructor(
    private readonly store: Store,
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
  ) {}

  // Counts the calls, hits included.
  async rate(currency: string): Promise<number> {
    this.asked++;
    return this.cache.wrap(`rate:${currency}`, () => this.store.rate(currency), 60_000);
  }

  // Its key depends on the instance.
  async regional(currency: string): Promise<number> {
    return this.cache.wrap(`${this.region}/${currency}`, () => this.store.rate(currency), 60_000);
  }

  // The caller changes what it gets.
  async table(): Promise<Record<string, number>> {
    return this.cache.wrap('table', async () => ({ EUR: await this.store.rate('EUR') }), 60_000);
  }

  async converted(price: number): Promise<Record<string, number>> {
    const table = await this.table();
    for (const currency of Object.keys(table)) table[currency] = price * (table[currency] ?? 0);
    return table;
  }

  // Writes the value itself.
  async pin(currency: string, rate: number): Promise<void> {
    await this.cache.set(`pinned:${currency}`, rate, 0);
  }

  async pinned(currency: string): Promise<number | undefined> {
    return this.cache.get<number>(`pinned:${currency}`);
  }
}
