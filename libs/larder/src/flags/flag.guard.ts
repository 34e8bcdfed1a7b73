import { type CanActivate, type ExecutionContext, Injectable, NotFoundException } from '@nestjs/common';
import { Flags } from './flags.js';
import { gatesOf } from './gate-metadata.js';

/** Refuses requests (with 404) and messages to handlers whose flag is off. */
@Injectable()
export class FlagGuard implements CanActivate {
  constructor(private readonly flags: Flags) {}

  /** @throws NotFoundException for a route */
  canActivate(context: ExecutionContext): boolean {
    if (gatesOf(context.getHandler()).every((flag) => this.flags.isEnabled(flag))) return true;
    if (context.getType() === 'http') throw new NotFoundException();
    return false;
  }
}
