import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { id } from '../../../platform/http/requests/id.js';
import type { SignedInRequest } from '../../sign-in/access/signed-in.guard.js';
import { notYours } from './item.problems.js';
import { itemChanges } from './item.schemas.js';
import { Items } from './items.js';

type ChangeRequest = SignedInRequest & { params: { id: string }; body: unknown };

/**
 * Lets those through who sell the item that they want to change. A guard, so that who may not change it does not reach the
 * write, which would evict the item's page for everybody. Stands behind the guard that knows who asks.
 */
@Injectable()
export class SellsItem implements CanActivate {
  constructor(private readonly items: Items) {}

  /** @throws NotFoundException, Problem */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { params, body, user } = context.switchToHttp().getRequest<ChangeRequest>();
    // What is no id, or no change, is for the pipes to refuse.
    if (!isValid(id, params.id) || !isValid(itemChanges, body)) return true;
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
