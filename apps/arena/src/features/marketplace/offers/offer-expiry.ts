import { HttpStatus, Injectable, Logger } from '@nestjs/common';
import ms from 'ms';
import { defineDeadline, LarderDeadlineError } from 'nest-larder';
import { Problem } from '../../../platform/http/problems/problem.js';
import { NotificationPush } from '../../notifications/notification-push.js';
import type { Offer } from '../items/item.schemas.js';
import { Offers } from './offers.js';
import { type Decision, Sales } from './sales.js';

/** How long before it expires an offer is reminded of. */
const REMINDER = '1h';
/** Offers tracked, or reminded of, in one call. */
const BATCH_SIZE = 500;

/** Result of expiring offers: ids that were due, offers that are expired now, and ids that are retried. */
export interface ExpiryReport {
  readonly processed: number;
  readonly database_updated: number;
  readonly errors: number;
}

/** Expires offers. The database holds the state of an offer; the deadline decides which process expires it, and when. */
@Injectable()
export class OfferExpiry {
  private readonly logger = new Logger(OfferExpiry.name);
  private readonly deadline = defineDeadline({
    name: 'offers',
    // Used where no job runs.
    every: '5m',
    expire: (ids) => this.expire(ids),
    restore: () => this.trackAll(),
    onError: (error) => this.logger.warn(`Offers are not expired yet and will be retried: ${error}`),
  });

  /** Totals since this process started. */
  private readonly report = { processed: 0, database_updated: 0, errors: 0 };

  constructor(
    private readonly offers: Offers,
    private readonly sales: Sales,
    private readonly push: NotificationPush,
  ) {}

  /** Makes an offer, sets its deadline and tells the seller. */
  async make(itemId: string, bidderId: string, amountCents: number): Promise<Offer> {
    const { made, replaced, told } = await this.offers.make(itemId, bidderId, amountCents);
    const tracked = [this.track(made), ...replaced.map((id) => this.deadline.cancel(id))];
    // The offer is valid without a deadline; the job `track-offers` sets it within the hour.
    await Promise.all(tracked).catch((error) =>
      this.logger.warn(`Offer ${made.id} is tracked within the hour: setting its deadline failed: ${error}`),
    );
    await this.push.told(told);
    return made;
  }

  /** @throws Problem if the offer is being expired: it was not extended then */
  async extend(id: string, bidderId: string, hours: number): Promise<Offer> {
    return this.offers.extend(id, bidderId, hours, (at) => orRefused(id, this.deadline.track(id, at)));
  }

  /** Sells the item to the bidder, and tells the seller and all bidders. */
  async accept(id: string, sellerId: string): Promise<Offer> {
    return this.decided(await this.sales.accept(id, sellerId));
  }

  /** Declines the offer, and tells the bidder. */
  async decline(id: string, sellerId: string): Promise<Offer> {
    return this.decided(await this.sales.decline(id, sellerId));
  }

  /** @throws Problem if the offer is being expired */
  async cancel(id: string, bidderId: string): Promise<void> {
    await this.offers.cancel(id, bidderId, () => orRefused(id, this.deadline.cancel(id)));
  }

  /** Reminds bidders and sellers of offers that expire within an hour, once. @returns how many notifications were sent */
  async remind(): Promise<number> {
    const due = await this.deadline.dueWithin(REMINDER);
    const by = new Date(Date.now() + ms(REMINDER));
    let sent = 0;
    for (let at = 0; at < due.length; at += BATCH_SIZE) {
      const ids = due.slice(at, at + BATCH_SIZE).map(({ id }) => id);
      const told = await this.offers.remind(ids, by);
      await this.push.told(told);
      sent += told.length;
    }
    return sent;
  }

  /** Expires every offer that is due. */
  async expireDue(): Promise<ExpiryReport> {
    const before = { ...this.report };
    const error = await this.deadline.expireDue().then(
      () => undefined,
      (fault: unknown) => fault,
    );
    const report = {
      processed: this.report.processed - before.processed,
      database_updated: this.report.database_updated - before.database_updated,
      errors: this.report.errors - before.errors,
    };
    if (error !== undefined && report.database_updated === 0) throw error;
    return report;
  }

  /** Sets the deadline of every open offer to its time in the database. */
  async trackAll(): Promise<void> {
    const standing = await this.offers.standing();
    for (let at = 0; at < standing.length; at += BATCH_SIZE) {
      await Promise.all(standing.slice(at, at + BATCH_SIZE).map((offer) => this.track(offer)));
    }
  }

  /** Removes deadlines of offers that are not open any more. @returns how many */
  async removeOrphans(): Promise<number> {
    return this.deadline.removeOrphans(async (ids) => (await this.offers.standing(ids)).map(({ id }) => id));
  }

  private async decided({ offer, closed, told, sold }: Decision): Promise<Offer> {
    // A closed offer that keeps its deadline is found closed when it is due.
    await Promise.all(closed.map(({ id }) => this.deadline.cancel(id).catch(ignoreExpiring))).catch((error) =>
      this.logger.warn(`Deadlines of closed offers stay until the next cleanup: ${error}`),
    );
    await this.push.told(told);
    return { ...offer, status: sold === undefined ? 'declined' : 'accepted' };
  }

  private async track({ id, expiresAt }: Offer): Promise<void> {
    await this.deadline.track(id, new Date(expiresAt)).catch(ignoreExpiring);
  }

  private async expire(ids: string[]): Promise<void> {
    this.report.processed += ids.length;
    const rows = await this.offers.expire(ids).catch((error) => {
      this.report.errors += ids.length;
      throw error;
    });
    this.report.database_updated += rows.length;
    const expired = new Set(rows.map(({ id }) => id));
    const others = ids.filter((id) => !expired.has(id));
    // An offer that was extended in the database is tracked again after this run.
    const longer = others.length === 0 ? [] : await this.offers.standing(others);
    if (longer.length > 0)
      setImmediate(() => void Promise.all(longer.map((offer) => this.track(offer))).catch(() => {}));
  }
}

async function orRefused(id: string, change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!(error instanceof LarderDeadlineError)) throw error;
    throw new Problem(HttpStatus.CONFLICT, 'offer-not-standing', `Offer ${id} is being expired.`);
  }
}

/** An offer that is being expired needs no deadline. */
function ignoreExpiring(error: unknown): void {
  if (!(error instanceof LarderDeadlineError)) throw error;
}
