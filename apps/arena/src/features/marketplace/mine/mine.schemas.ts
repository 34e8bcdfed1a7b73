import { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';
import { pageOf, pageQuery } from '../../../platform/http/requests/page.js';
import { item, offer } from '../items/item.schemas.js';
import { itemStatus, offerStatus } from '../items/item.tables.js';

/** An item that the user sells, in their list. */
const myItem = item.omit({ description: true, seller: true }).meta({ id: 'MyItem' });
export type MyItem = z.infer<typeof myItem>;
export const myItemPage = pageOf(myItem).meta({ id: 'MyItemPage' });

export const myItemsQuery = z.strictObject({
  status: z.enum(itemStatus.enumValues).optional().meta({ description: 'Only items in this state.' }),
  ...pageQuery,
});
export type MyItemsQuery = z.infer<typeof myItemsQuery>;

/** An offer that the user made, with its item. */
const myOffer = offer
  .extend({ item: item.pick({ id: true, title: true, priceCents: true, status: true }) })
  .meta({ id: 'MyOffer' });
export type MyOffer = z.infer<typeof myOffer>;
export const myOfferPage = pageOf(myOffer).meta({ id: 'MyOfferPage' });

export const myOffersQuery = z.strictObject({
  status: z.enum(offerStatus.enumValues).optional().meta({ description: 'Only offers in this state.' }),
  ...pageQuery,
});
export type MyOffersQuery = z.infer<typeof myOffersQuery>;

/** An open offer as the seller of its item sees it. */
const receivedOffer = offer.extend({ bidder: z.object({ id, name: z.string() }) }).meta({ id: 'ReceivedOffer' });
export const receivedOffers = z.object({ offers: z.array(receivedOffer) }).meta({ id: 'ReceivedOffers' });
export type ReceivedOffers = z.infer<typeof receivedOffers>;
