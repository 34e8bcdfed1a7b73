import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';
import type { SignedInRequest } from '../../sign-in/access/signed-in.guard.js';
import { notYours } from './item.problems.js';
import { itemChanges } from './item.schemas.js';
import { Items } from './items.js';

type ItemRequest = SignedInRequest & { params: { id: string }; body: unknown };

/**
 * Allows only the seller of an item. This is a guard because a refused request must not reach the write, which would
 * evict the item's cached page. It runs after the guard that identifies the user.
 */
@Injectable()
export class SellsItem implements CanActivate {
  constructor(private readonly items: Items) {}

  /** @throws NotFoundException, Problem */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { method, params, body, user } = context.switchToHttp().getRequest<ItemRequest>();
    // The validation pipe refuses an invalid id or body with a better message.
    if (!isValid(id, params.id) || (method === 'PATCH' && !isValid(itemChanges, body))) return true;
    const { seller } = await this.items.one(params.id);
    if (seller.id !== user.id) throw notYours(params.id);
    return true;
  }
}

function isValid(schema: z.ZodType, value: unknown): boolean {
  try {
    return schema.safeParse(value).success;
  } catch {
    return false;
  }
}
