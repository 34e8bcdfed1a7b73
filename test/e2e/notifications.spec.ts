import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Notification,
  notification,
  notificationPage,
  type UnreadCount,
} from '../../apps/arena/src/features/notifications/notification.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';

let arena: RunningArena;

beforeAll(async () => {
  arena = await runArena();
}, 60_000);
afterAll(() => arena.close());

const list = async (token: string, query = '') =>
  (await arena.get<Page<Notification>>(`/notifications${query}`, token)).body;
const unread = async (token: string) =>
  (await arena.get<UnreadCount>('/notifications/unread-count', token)).body.unread;

describe('the list', () => {
  it('matches its schema, the newest first', async () => {
    const body = await list(await arena.signIn(4), '?perPage=100');
    expect(notificationPage.parse(body)).toEqual(body);
    expect(body).toMatchObject({ page: 1, perPage: 100, total: 100 });
    expect(body.items.map(({ id }) => Number(id))).toEqual(Array.from({ length: 100 }, (_, index) => 400 - index));
  });

  it('filters by unread or read', async () => {
    const token = await arena.signIn(5);
    const [all, isUnread, isRead] = [
      await list(token, '?perPage=100'),
      await list(token, '?perPage=100&unread=true'),
      await list(token, '?perPage=100&unread=false'),
    ];
    expect(isUnread.items).toEqual(all.items.filter(({ readAt }) => readAt === null));
    expect(isRead.items).toEqual(all.items.filter(({ readAt }) => readAt !== null));
    expect(await unread(token)).toBe(isUnread.total);
    expect(await arena.get('/notifications?unread=perhaps', token)).toMatchObject({ status: 400 });
  });
});

describe('the recipient of notifications', () => {
  const PLAYERS = Array.from({ length: 12 }, (_, index) => index + 10);
  const own = (player: number) => (id: string) => Math.ceil(Number(id) / 100) === player;

  it('is the caller, also with many simultaneous requests', async () => {
    const tokens = new Map(
      await Promise.all(PLAYERS.map(async (player) => [player, await arena.signIn(player)] as const)),
    );
    const asked = Array.from({ length: 30 }, (_, round) =>
      PLAYERS.map((_, index) => PLAYERS[(index * 5 + round) % 12] as number),
    );
    const answers = await Promise.all(
      asked.flat().map(async (player) => ({ player, body: await list(tokens.get(player) as string) })),
    );
    for (const { player, body } of answers) {
      expect(body.items).toHaveLength(20);
      expect(body.items.map(({ id }) => id).every(own(player))).toBe(true);
    }
  });

  it('is the caller, also while two of them read and write at the same time', async () => {
    const [one, other] = await Promise.all([arena.signIn(31), arena.signIn(32)]);
    const [before, untouched] = [await unread(one), await unread(other)];
    const rounds = Array.from({ length: 20 }, async (_, round) => {
      await arena.send('POST', '/notifications', other, { userId: '31', title: `Round ${round}`, body: 'Hello' });
      return Promise.all([list(one), list(other), unread(one), unread(other)]);
    });
    for (const [, ofOther, , unreadOfOther] of await Promise.all(rounds)) {
      expect(ofOther.items.map(({ id }) => id).every(own(32))).toBe(true);
      expect(unreadOfOther).toBe(untouched);
    }
    expect(await unread(one)).toBe(before + 20);
    expect((await list(one)).items.filter(({ title }) => title.startsWith('Round'))).toHaveLength(20);
  });

  it('needs a token', async () => {
    for (const path of ['/notifications', '/notifications/unread-count']) {
      expect(await arena.get(path)).toMatchObject({ status: 401 });
    }
  });
});

describe('sending', () => {
  it("reaches the recipient, with the sender's name", async () => {
    const [sender, recipient] = await Promise.all([arena.signIn(40), arena.signIn(41)]);
    const { status, body } = await arena.send<Notification>('POST', '/notifications', sender, {
      userId: '41',
      title: ' Final ',
      body: '<b>Good</b> game & thanks',
    });
    expect(status).toBe(201);
    expect(notification.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      title: 'Final',
      body: '<b>Good</b> game & thanks',
      sender: { id: '40' },
      readAt: null,
    });
    expect((await list(recipient)).items[0]).toEqual(body);
  });

  it('needs an existing recipient', async () => {
    const token = await arena.signIn(40);
    const send = (userId: string) => arena.send('POST', '/notifications', token, { userId, title: 'x', body: 'y' });
    expect(await send('4711')).toMatchObject({ status: 422, body: { type: 'tag:arena.test,2026:no-such-user' } });
    expect(await send('me')).toMatchObject({ status: 400 });
  });
});

describe('reading', () => {
  it('is recorded once', async () => {
    const token = await arena.signIn(50);
    const [first] = (await list(token, '?unread=true')).items;
    const before = await unread(token);
    const read = () => arena.send<Notification>('POST', `/notifications/${first?.id}/read`, token);
    const { status, body } = await read();
    expect(status).toBe(200);
    expect(body).toEqual({ ...first, readAt: expect.any(String) });
    expect(await unread(token)).toBe(before - 1);
    expect((await read()).body).toEqual(body);
  });

  it("is a 404 for another player's notification, the same as for one that does not exist", async () => {
    const token = await arena.signIn(51);
    const others = await arena.send('POST', '/notifications/1/read', token);
    const nones = await arena.send('POST', '/notifications/99999999/read', token);
    expect([others.status, nones.status]).toEqual([404, 404]);
    expect(await arena.send('POST', '/notifications/x/read', token)).toMatchObject({ status: 400 });
  });
});
