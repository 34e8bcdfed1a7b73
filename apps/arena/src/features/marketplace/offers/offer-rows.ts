import type { Offer } from '../items/item.schemas.js';
import type { OfferRow } from './closing.js';

export function toOffer({ id, itemId, bidderId, amountCents, status, createdAt, expiresAt }: OfferRow): Offer {
  return {
    id,
    itemId,
    bidderId,
    amountCents,
    status,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
