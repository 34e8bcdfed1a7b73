import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { calls } from '../call-centre/calls/call.tables.js';
import { items, offers } from '../marketplace/items/item.tables.js';
import { notifications } from '../notifications/notification.table.js';
import { deployments } from '../releases/release.tables.js';
import { users } from '../sign-in/users/user.tables.js';
import { entries, tournaments, venues } from '../tournaments/tournament.tables.js';

const COUNTED = { venues, users, tournaments, entries, items, offers, notifications, deployments, calls };

/** Counts the rows that the start page shows. */
@Injectable()
export class Census {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async take(): Promise<Record<keyof typeof COUNTED, number>> {
    const counts = Object.entries(COUNTED).map(async ([name, table]) => [name, await this.database.$count(table)]);
    return Object.fromEntries(await Promise.all(counts));
  }
}
