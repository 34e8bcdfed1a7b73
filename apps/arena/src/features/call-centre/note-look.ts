import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { SignedInRequest } from '../sign-in/access/signed-in.guard.js';
import { ActiveUsers } from './active-users.js';

/** Records visits also on a cache hit, where the method does not run. */
@Injectable()
export class NoteLook implements NestInterceptor {
  constructor(private readonly active: ActiveUsers) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.active.looked(context.switchToHttp().getRequest<SignedInRequest>().user.id);
    return next.handle();
  }
}
