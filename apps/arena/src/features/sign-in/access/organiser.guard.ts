import { type CanActivate, type ExecutionContext, HttpStatus, Injectable } from '@nestjs/common';
import { Problem } from '../../../platform/http/problems/problem.js';
import type { SignedInRequest } from './signed-in.guard.js';

/** Allows organisers. Runs after the guard that identifies the user. */
@Injectable()
export class Organiser implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<SignedInRequest>();
    if (user.organiser) return true;
    throw new Problem(HttpStatus.FORBIDDEN, 'organisers-only', 'Only organisers may do this.');
  }
}
