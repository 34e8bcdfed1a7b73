import { Injectable } from '@nestjs/common';
import { Job } from 'nest-larder';
import { ItemViews } from './items/item-views.js';
import { type ExpiryReport, OfferExpiry } from './offers/offer-expiry.js';

/** Periodic jobs of the marketplace. The value that a job returns is stored as the statistics of its run. */
@Injectable()
export class MarketplaceUpkeep {
  constructor(
    private readonly expiry: OfferExpiry,
    private readonly views: ItemViews,
  ) {}

  @Job({ name: 'sync_view_counts', every: '5s', timeout: '1m' })
  async syncViewCounts(): Promise<{ products_synced: number; total_views: number }> {
    const { keys, total } = await this.views.flush();
    return { products_synced: keys, total_views: total };
  }

  @Job({ name: 'process_expired_offers', every: '1m', timeout: '5m' })
  async processExpiredOffers(): Promise<ExpiryReport> {
    return this.expiry.expireDue();
  }

  @Job({ name: 'remind_expiring_offers', every: '5m', timeout: '5m' })
  async remindExpiringOffers(): Promise<{ notifications: number }> {
    return { notifications: await this.expiry.remind() };
  }

  /** Repairs offers whose tracking failed. */
  @Job({ name: 'track-offers', every: '1h', timeout: '5m' })
  async trackOffers(): Promise<void> {
    await this.expiry.trackAll();
  }

  @Job({ name: 'cleanup_old_cache', cron: '0 3 * * *', timeZone: 'Europe/Berlin', retries: 2, timeout: '5m' })
  async cleanUpOldCache(): Promise<{ orphaned_deadlines: number; view_batches: number }> {
    return {
      orphaned_deadlines: await this.expiry.removeOrphans(),
      view_batches: await this.views.forgetOldBatches(),
    };
  }
}
