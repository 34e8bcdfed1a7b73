import type { items, offers } from '../../features/marketplace/items/item.tables.js';
import { USERS } from './people.js';
import type { Random } from './random.js';
import { HOUR, ids, seasonPlus } from './season.js';

const ITEMS = 20_000;
const OFFERS = 5_000;

type Item = typeof items.$inferInsert & { id: string };
type Offer = typeof offers.$inferInsert;

interface Goods {
  readonly names: readonly string[];
  readonly details: readonly string[];
  readonly about: string;
  /** Euros. */
  readonly price: readonly [least: number, most: number];
}

const GOODS: readonly Goods[] = [
  {
    names: ['Break cue', 'Playing cue', 'Jump cue', 'Carom cue', 'Snooker cue'],
    details: ['18 oz', '19 oz', '20 oz', 'maple shaft', 'carbon shaft', 'leather wrap', 'no wrap'],
    about: 'Straight, rolled on a table before every sale. Tip with plenty of life left.',
    price: [60, 900],
  },
  {
    names: ['Cue case', 'Soft case', 'Hard case'],
    details: ['2x2', '2x4', '3x6', 'black', 'brown leather'],
    about: 'All zips and clasps work. Room for chalk, a glove and a tip tool.',
    price: [25, 240],
  },
  {
    names: ['Ball set', 'Training balls', 'Cue ball'],
    details: ['tournament grade', 'measles', 'boxed', 'phenolic resin'],
    about: 'Polished after the last league night; no chips.',
    price: [15, 320],
  },
  {
    names: ['Chalk', 'Glove', 'Tip tool', 'Bridge head', 'Triangle', 'Magic rack'],
    details: ['set of three', 'blue', 'left hand', 'right hand', 'for 8-ball', 'for 9-ball'],
    about: 'Small thing, big difference. Sent in an envelope.',
    price: [4, 45],
  },
  {
    names: ['Pool table', 'Snooker table', 'Table cover', 'Table light'],
    details: ['7 ft', '8 ft', '9 ft', 'slate bed', 'new cloth', 'with delivery'],
    about: 'To be collected by two people with strong backs, or ask about delivery.',
    price: [80, 4_800],
  },
];

const CONDITIONS = ['new', 'like new', 'used', 'worn'] as const;
const STATUSES = [...Array<'available'>(17).fill('available'), 'sold', 'sold', 'withdrawn'] as const;

/** Sellers of the first items, which are available: player1 can bid for the first one and change the second. */
const SELLERS = ['3', '1'];

/** Items with higher ids are newer. */
export function itemRows(random: Random): Item[] {
  return ids(ITEMS).map((id, index) => {
    const goods = random.one(GOODS);
    return {
      id,
      sellerId: SELLERS[index] ?? String(random.between(1, USERS)),
      title: `${random.one(goods.names)}, ${random.some(2, goods.details).join(', ')}`,
      description: goods.about,
      condition: random.one(CONDITIONS),
      priceCents: random.between(...goods.price) * 100,
      status: index < SELLERS.length ? 'available' : random.one(STATUSES),
      createdAt: seasonPlus((index - ITEMS) * (HOUR / 4)),
    };
  });
}

/** Open offers on available items, between half the price and the full price, none by the seller. */
export function offerRows(random: Random, rows: readonly Item[]): Offer[] {
  const wanted = random.some(
    OFFERS,
    rows.filter(({ status }) => status === 'available'),
  );
  return wanted.map((item, index) => ({
    id: String(index + 1),
    itemId: item.id,
    bidderId: bidderOf(item, index, random.between(1, USERS - 2)),
    amountCents: random.between(Math.ceil(item.priceCents / 2), item.priceCents),
    createdAt: new Date((item.createdAt as Date).getTime() + HOUR),
  }));
}

/** The first offers are by player1, who can extend or withdraw them. */
function bidderOf({ sellerId }: Item, index: number, distance: number): string {
  const isFirst = index < SELLERS.length && sellerId !== '1';
  return isFirst ? '1' : String(((Number(sellerId) + distance) % USERS) + 1);
}
