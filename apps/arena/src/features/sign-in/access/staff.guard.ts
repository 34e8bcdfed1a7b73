import { type CanActivate, type ExecutionContext, HttpStatus, Injectable } from '@nestjs/common';
import { Problem } from '../../../platform/http/problems/problem.js';
import type { SignedInRequest } from './signed-in.guard.js';

/** Allows the staff. Runs after the guard that identifies the user. */
@Injectable()
export class Staff implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<SignedInRequest>();
    if (user.staff) return true;
    throw new Problem(HttpStatus.FORBIDDEN, 'staff-only', 'Only the staff may do this.');
  }
}
