import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import type {
  Item,
  ListedItem,
  Offer,
  ViewedItem,
} from '../../apps/arena/src/features/marketplace/items/item.schemas.js';
import {
  type MyItem,
  type MyOffer,
  myItemPage,
  myOfferPage,
  type ReceivedOffers,
  receivedOffers,
} from '../../apps/arena/src/features/marketplace/mine/mine.schemas.js';
import type { Notification } from '../../apps/arena/src/features/notifications/notification.schemas.js';
import type { Page } from '../../apps/arena/src/platform/http/requests/page.js';
import { type RunningArena, runArena } from '../support/arena/arena.js';
import { until } from '../support/until.js';

let arena: RunningArena;
/** Of players 11 (who sells), 12, 13 and 14. */
let seller: string;
let bidders: string[];

beforeAll(async () => {
  arena = await runArena();
  [seller, ...bidders] = (await Promise.all([11, 12, 13, 14].map((player) => arena.signIn(player)))) as [
    string,
    ...string[],
  ];
}, 60_000);
afterAll(() => arena.close());

const put = async () => {
  const thing = { title: 'Walnut bridge', description: 'One of a kind.', condition: 'worn', priceCents: 1_000 };
  return (await arena.send<Item>('POST', '/marketplace/items', seller, thing)).body.id;
};
const bid = async (id: string, amountCents: number, bidder = 0) =>
  (await arena.send<Offer>('POST', `/marketplace/items/${id}/offers`, bidders[bidder], { amountCents })).body;
const look = async (id: string) => (await arena.get<ViewedItem>(`/marketplace/items/${id}`)).body;
const found = async () =>
  (await arena.get<Page<ListedItem>>('/marketplace/items?q=walnut+bridge')).body.items.map(({ id }) => id);
const decide = (what: 'accept' | 'decline', id: string, token = seller) =>
  arena.send<Offer & { type: string }>('POST', `/marketplace/offers/${id}/${what}`, token);
const statusOf = async (offer: Offer, bidder = 0) => {
  const { body } = await arena.get<Page<MyOffer>>('/marketplace/my/offers', bidders[bidder]);
  return body.items.find(({ id }) => id === offer.id)?.status;
};
const latest = async (token: string) =>
  (await arena.get<Page<Notification>>('/notifications?perPage=1', token)).body.items[0];

describe('accepting an offer', () => {
  it('sells the item to its bidder, and closes the other offers', async () => {
    const id = await put();
    const [low, high] = [await bid(id, 600, 0), await bid(id, 900, 1)];
    expect(await statusOf(low)).toBe('open');
    expect(await look(id)).toMatchObject({ status: 'available', offers: { open: 2, bestCents: 900 } });
    expect(await found()).toContain(id);
    const { status, body } = await decide('accept', high.id);
    expect([status, body]).toEqual([200, { ...high, status: 'accepted' }]);
    expect(await look(id)).toMatchObject({ status: 'sold', offers: { open: 0, bestCents: null } });
    expect(await found()).not.toContain(id);
    expect([await statusOf(low, 0), await statusOf(high, 1)]).toEqual(['declined', 'accepted']);
    const { body: sold } = await arena.get<Page<MyItem>>('/marketplace/my/items?status=sold', seller);
    expect(sold.items.map((item) => item.id)).toContain(id);
  });

  it('tells seller and bidders', async () => {
    const id = await put();
    const [chosen] = [await bid(id, 600, 0), await bid(id, 700, 1)];
    expect(await latest(seller)).toMatchObject({
      title: 'New offer',
      body: '7.00 € for "Walnut bridge".',
      sender: null,
    });
    await decide('accept', chosen.id);
    expect(await latest(seller)).toMatchObject({ title: 'Item sold', body: 'You sold "Walnut bridge" for 6.00 €.' });
    expect(await latest(bidders[0] as string)).toMatchObject({ title: 'Offer accepted' });
    expect(await latest(bidders[1] as string)).toMatchObject({
      title: 'Item sold',
      body: '"Walnut bridge" went to another player.',
    });
  });

  it('reaches the open sockets of both at once', async () => {
    const sockets: Socket[] = [seller, bidders[0]].map((token) =>
      io(arena.url, { auth: { token }, transports: ['websocket'] }),
    );
    try {
      const heard = sockets.map((socket) => {
        const titles: string[] = [];
        socket.on('notification', ({ notification }: { notification: Notification }) =>
          titles.push(notification.title),
        );
        return titles;
      });
      await until(() => sockets.every(({ connected }) => connected));
      await decide('accept', (await bid(await put(), 800)).id);
      await until(() => heard[0]?.includes('Item sold') === true && heard[1]?.includes('Offer accepted') === true);
    } finally {
      for (const socket of sockets) socket.disconnect();
    }
  });

  it('happens once, of several times at once', async () => {
    const id = await put();
    const offers = [await bid(id, 600, 0), await bid(id, 700, 1), await bid(id, 800, 2)];
    const answers = await Promise.all([...offers, ...offers].map((offer) => decide('accept', offer.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    const states = await Promise.all(offers.map((offer, bidder) => statusOf(offer, bidder)));
    expect(states.sort()).toEqual(['accepted', 'declined', 'declined']);
  });

  it('or its withdrawal happens, of both at once', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await put();
      const offer = await bid(id, 600);
      const [accepted, withdrawn] = await Promise.all([
        decide('accept', offer.id),
        arena.send('DELETE', `/marketplace/offers/${offer.id}`, bidders[0]),
      ]);
      const isSold = accepted.status === 200;
      expect([accepted.status, withdrawn.status]).toEqual(isSold ? [200, 409] : [409, 204]);
      expect(await statusOf(offer)).toBe(isSold ? 'accepted' : 'cancelled');
      expect((await look(id)).status).toBe(isSold ? 'sold' : 'available');
    }
  });

  it('or taking the item off the market happens, of both at once', async () => {
    const id = await put();
    const offer = await bid(id, 600);
    const [accepted] = await Promise.all([
      decide('accept', offer.id),
      arena.send('PATCH', `/marketplace/items/${id}`, seller, { status: 'withdrawn' }),
    ]);
    expect(await statusOf(offer)).toBe(accepted.status === 200 ? 'accepted' : 'declined');
  });

  it('is for the seller, and for an open offer', async () => {
    const id = await put();
    const offer = await bid(id, 600);
    expect(await decide('accept', offer.id, bidders[0])).toMatchObject({ status: 403 });
    expect(await decide('accept', '999999999')).toMatchObject({ status: 404 });
    expect(await decide('accept', offer.id, '')).toMatchObject({ status: 401 });
    await arena.send('DELETE', `/marketplace/offers/${offer.id}`, bidders[0]);
    const { status, body } = await decide('accept', offer.id);
    expect([status, body.type]).toEqual([409, 'tag:arena.test,2026:offer-not-standing']);
  });
});

describe('declining an offer', () => {
  it('leaves the item and the other offers open, and tells the bidder', async () => {
    const id = await put();
    const [low] = [await bid(id, 600, 0), await bid(id, 700, 1)];
    expect(await look(id)).toMatchObject({ offers: { open: 2, bestCents: 700 } });
    expect(await decide('decline', low.id)).toMatchObject({ status: 200, body: { status: 'declined' } });
    expect(await look(id)).toMatchObject({ status: 'available', offers: { open: 1, bestCents: 700 } });
    expect(await latest(bidders[0] as string)).toMatchObject({ title: 'Offer declined' });
    expect(await decide('decline', low.id)).toMatchObject({ status: 409 });
  });
});

describe('the lists of a user', () => {
  it('match their schemas, with no other fields', async () => {
    const id = await put();
    await bid(id, 600);
    const { body: items } = await arena.get<Page<MyItem>>('/marketplace/my/items', seller);
    expect(myItemPage.parse(items)).toEqual(items);
    expect(items.items[0]).toMatchObject({ id, offers: { open: 1, bestCents: 600 } });
    const { body: offers } = await arena.get<Page<MyOffer>>('/marketplace/my/offers?status=open', bidders[0]);
    expect(myOfferPage.parse(offers)).toEqual(offers);
    expect(offers.items[0]).toMatchObject({ item: { id, title: 'Walnut bridge', status: 'available' } });
    const { body: received } = await arena.get<ReceivedOffers>(`/marketplace/items/${id}/offers`, seller);
    expect(receivedOffers.parse(received)).toEqual(received);
    expect(received.offers).toMatchObject([{ amountCents: 600, bidder: { id: '12' } }]);
  });

  it('are read from the cache, and follow each change', async () => {
    const id = await put();
    const paths = [
      () => arena.get('/marketplace/my/items', seller),
      () => arena.get(`/marketplace/items/${id}/offers`, seller),
      () => arena.get('/marketplace/my/offers', bidders[0]),
    ];
    const queries = () => Promise.all(paths.map((path) => arena.queriesOf(path)));
    await arena.feedHasRead();
    await queries();
    expect(await queries()).toEqual([0, 0, 0]);
    const offer = await bid(id, 600);
    await arena.feedHasRead();
    expect((await queries()).map(Boolean)).toEqual([true, true, true]);
    await arena.send('PATCH', `/marketplace/offers/${offer.id}/extend`, bidders[0], { hours: 1 });
    const { body } = await arena.get<Page<MyOffer>>('/marketplace/my/offers', bidders[0]);
    expect(body.items[0]?.expiresAt).not.toBe(offer.expiresAt);
    await arena.send('PATCH', `/marketplace/items/${id}`, seller, { title: 'Oak bridge' });
    const titles = await Promise.all([
      arena.get<Page<MyItem>>('/marketplace/my/items', seller).then(({ body: { items } }) => items[0]?.title),
      arena
        .get<Page<MyOffer>>('/marketplace/my/offers', bidders[0])
        .then(({ body: { items } }) => items[0]?.item.title),
    ]);
    expect(titles).toEqual(['Oak bridge', 'Oak bridge']);
  });

  it('show the offers on an item to its seller only', async () => {
    const id = await put();
    expect(await arena.get(`/marketplace/items/${id}/offers`, bidders[0])).toMatchObject({ status: 403 });
    expect(await arena.get(`/marketplace/items/${id}/offers`)).toMatchObject({ status: 401 });
    expect(await arena.get('/marketplace/items/abc/offers', seller)).toMatchObject({ status: 400 });
    expect(await arena.get('/marketplace/items/999999999/offers', seller)).toMatchObject({ status: 404 });
  });

  it('show offers as declined when their item leaves the market', async () => {
    const id = await put();
    const offer = await bid(id, 600);
    expect(await statusOf(offer)).toBe('open');
    const { body } = await arena.send<Item>('PATCH', `/marketplace/items/${id}`, seller, { status: 'withdrawn' });
    expect(body.offers).toEqual({ open: 0, bestCents: null });
    expect(await statusOf(offer)).toBe('declined');
  });
});
