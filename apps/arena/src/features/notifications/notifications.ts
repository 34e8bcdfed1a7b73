import { HttpStatus, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { DATABASE, type Database, type Transaction } from '../../platform/database/database.js';
import { theRow } from '../../platform/database/the-row.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { type Page, rowsOf } from '../../platform/http/requests/page.js';
import { users } from '../sign-in/users/user.tables.js';
import type { NewNotification, Notification, NotificationQuery, UnreadCount } from './notification.schemas.js';
import { notifications } from './notification.table.js';

/** A notification that is read now, and whether it was unread before. */
export interface Marking {
  readonly notification: Notification;
  readonly changed: boolean;
}

/** A notification from arena itself, and its recipient. */
export interface Told {
  readonly userId: string;
  readonly notification: Notification;
}

/** Notifications in the database. Every query names the user. Writes invalidate nothing: cached pages depend on their queries. */
@Injectable()
export class Notifications {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async list(userId: string, query: NotificationQuery): Promise<Page<Notification>> {
    const { offset, limit } = rowsOf(query);
    const filter = and(eq(notifications.userId, userId), readFilter(query));
    const [rows, total] = await Promise.all([
      select(this.database)
        .where(filter)
        .orderBy(desc(notifications.createdAt), desc(notifications.id))
        .offset(offset)
        .limit(limit),
      this.database.$count(notifications, filter),
    ]);
    return { items: rows.map(toNotification), page: query.page, perPage: query.perPage, total };
  }

  async unreadCount(userId: string): Promise<UnreadCount> {
    const unread = and(eq(notifications.userId, userId), isNull(notifications.readAt));
    return { unread: await this.database.$count(notifications, unread) };
  }

  /** @throws Problem if the recipient does not exist */
  async send(senderId: string, { userId, title, body }: NewNotification): Promise<Notification> {
    return this.database.transaction(async (transaction) => {
      if ((await transaction.$count(users, eq(users.id, userId))) === 0) throw noSuchUser(userId);
      const values = { userId, senderId, title, body };
      const { id } = theRow(await transaction.insert(notifications).values(values).returning({ id: notifications.id }));
      return find(transaction, userId, id);
    });
  }

  /**
   * Sends a notification from arena itself, as part of a transaction.
   *
   * @returns the notification
   */
  async tell(
    transaction: Transaction,
    userId: string,
    text: Pick<NewNotification, 'title' | 'body'>,
  ): Promise<Notification> {
    const values = { userId, ...text };
    const { id } = theRow(await transaction.insert(notifications).values(values).returning({ id: notifications.id }));
    return find(transaction, userId, id);
  }

  /**
   * Sends notifications from arena itself, as part of a transaction.
   *
   * @returns what was sent; the caller pushes it after the commit
   */
  async tellAll(transaction: Transaction, messages: readonly NewNotification[]): Promise<readonly Told[]> {
    const told: Told[] = [];
    for (const { userId, ...text } of messages) {
      told.push({ userId, notification: await this.tell(transaction, userId, text) });
    }
    return told;
  }

  /**
   * Marks one of a user's notifications as read; one that is read already stays unchanged.
   *
   * @throws NotFoundException if that user has no such notification
   */
  async markRead(userId: string, id: string): Promise<Marking> {
    return this.database.transaction(async (transaction) => {
      const marked = await transaction
        .update(notifications)
        .set({ readAt: sql`now()` })
        .where(and(eq(notifications.id, id), eq(notifications.userId, userId), isNull(notifications.readAt)))
        .returning({ id: notifications.id });
      return { notification: await find(transaction, userId, id), changed: marked.length > 0 };
    });
  }
}

function select(database: Database | Transaction) {
  return database
    .select({
      id: notifications.id,
      title: notifications.title,
      body: notifications.body,
      sender: { id: users.id, name: users.name },
      createdAt: notifications.createdAt,
      readAt: notifications.readAt,
    })
    .from(notifications)
    .leftJoin(users, eq(users.id, notifications.senderId))
    .$dynamic();
}

type Row = Awaited<ReturnType<typeof select>>[number];

async function find(database: Database | Transaction, userId: string, id: string): Promise<Notification> {
  const [row] = await select(database).where(and(eq(notifications.id, id), eq(notifications.userId, userId)));
  if (!row) throw new NotFoundException(`You have no notification ${id}.`);
  return toNotification(row);
}

function toNotification({ createdAt, readAt, ...row }: Row): Notification {
  return { ...row, createdAt: createdAt.toISOString(), readAt: readAt?.toISOString() ?? null };
}

function readFilter({ unread }: NotificationQuery) {
  if (unread === undefined) return undefined;
  return unread ? isNull(notifications.readAt) : isNotNull(notifications.readAt);
}

function noSuchUser(id: string): Problem {
  return new Problem(HttpStatus.UNPROCESSABLE_ENTITY, 'no-such-user', `There is no user ${id}.`);
}
