import { Injectable } from '@nestjs/common';
import { Job } from 'nest-larder';
import { ItemViews } from './items/item-views.js';
import { OfferExpiry } from './offers/offer-expiry.js';

/** What the marketplace needs to have done from time to time. */
@Injectable()
export class MarketplaceUpkeep {
  constructor(
    private readonly expiry: OfferExpiry,
    private readonly views: ItemViews,
  ) {}

  /** An offer whose tracking failed, and a Redis that was emptied, are made up for. */
  @Job({ name: 'track-offers', every: '1h', timeout: '5m' })
  async trackOffers(): Promise<void> {
    await this.expiry.trackAll();
  }

  @Job({ name: 'clean-up', cron: '0 3 * * *', timeZone: 'Europe/Berlin', retries: 2, timeout: '5m' })
  async cleanUp(): Promise<void> {
    await this.expiry.removeOrphans();
    await this.views.forgetOldBatches();
  }
}
