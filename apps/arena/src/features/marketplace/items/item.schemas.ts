import { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';
import { pageOf, pageQuery } from '../../../platform/http/requests/page.js';
import { text } from '../../../platform/http/requests/text.js';
import { itemCondition, itemStatus, offerStatus } from './item.tables.js';
import { wordsOf } from './words.js';

const condition = z.enum(itemCondition.enumValues);
const status = z.enum(itemStatus.enumValues);
const cents = z.int().min(1).max(100_000_000);
const instant = z.iso.datetime().meta({ example: '2026-10-31T23:45:00.000Z' });

/** An item for sale in a list. */
export const listedItem = z
  .object({
    id,
    title: z.string().meta({ example: 'Break cue, 19 oz, maple shaft' }),
    condition,
    priceCents: cents.meta({ example: 24_900 }),
    seller: z.object({ id, name: z.string() }),
    createdAt: instant,
  })
  .meta({ id: 'ListedItem' });
export type ListedItem = z.infer<typeof listedItem>;

/** An item for sale on its own page. */
export const item = listedItem
  .extend({
    description: z.string(),
    status,
    offers: z.object({
      open: z.int().meta({ description: 'Number of open offers.', example: 2 }),
      bestCents: z.int().nullable().meta({ description: 'The highest open offer.', example: 21_000 }),
    }),
  })
  .meta({ id: 'Item' });
export type Item = z.infer<typeof item>;

/** The response of an item's page: with the views, which change at each request. */
export const viewedItem = item
  .extend({ views: z.int().meta({ description: 'Number of views.', example: 17 }) })
  .meta({ id: 'ViewedItem' });
export type ViewedItem = z.infer<typeof viewedItem>;

export const itemPage = pageOf(listedItem).meta({ id: 'ItemPage' });

export const itemQuery = z.strictObject({
  q: text(100)
    .transform(wordsOf)
    .refine((words) => words.length > 0, 'Must contain a letter or a digit')
    .optional()
    .meta({ description: 'Words that the title must all have.', example: 'cue' }),
  sort: z.enum(['newest', 'price', '-price']).default('newest'),
  ...pageQuery,
});
export type ItemQuery = z.infer<typeof itemQuery>;

/** The page that visitors request first. */
export const FIRST_ITEMS: readonly [ItemQuery][] = [[itemQuery.parse({})]];

/** The fields that a seller writes. */
const description = {
  title: text(120).meta({ example: 'Jump cue, carbon shaft' }),
  description: text(2_000).meta({ example: 'Played for a season, then a better one came along.' }),
  condition: condition.meta({ example: 'used' }),
  priceCents: cents.meta({ example: 18_000 }),
};

export const newItem = z.strictObject(description).meta({ id: 'NewItem' });
export type NewItem = z.infer<typeof newItem>;

export const itemChanges = z
  .strictObject({ ...description, status: status.meta({ example: 'available' }) })
  .partial()
  .meta({ id: 'ItemChanges' });
export type ItemChanges = z.infer<typeof itemChanges>;

export const newOffer = z
  .strictObject({
    amountCents: cents.meta({ description: 'From half the price to the full price.', example: 20_000 }),
  })
  .meta({ id: 'NewOffer' });
export type NewOffer = z.infer<typeof newOffer>;

export const offer = z
  .object({
    id,
    itemId: id,
    bidderId: id,
    amountCents: cents.meta({ example: 20_000 }),
    status: z.enum(offerStatus.enumValues),
    createdAt: instant,
    expiresAt: instant,
  })
  .meta({ id: 'Offer' });
export type Offer = z.infer<typeof offer>;

export const offerList = z.object({ offers: z.array(offer) }).meta({ id: 'OfferList' });
export type OfferList = z.infer<typeof offerList>;

export const offerExtension = z
  .strictObject({ hours: z.int().min(1).max(168).meta({ description: 'Hours to add.', example: 24 }) })
  .meta({ id: 'OfferExtension' });
export type OfferExtension = z.infer<typeof offerExtension>;

export const expiringQuery = z.strictObject({
  within: z
    .string()
    .regex(/^[1-9]\d{0,3}[smhd]$/, 'Must be a duration such as 30m, 1h or 2d')
    .default('1h')
    .meta({ description: 'Time from now: a number and s, m, h or d.', example: '1h' }),
});
export type ExpiringQuery = z.infer<typeof expiringQuery>;
