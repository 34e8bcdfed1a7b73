import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';

/**
 * Lets those through who send `LARDER_ADMIN_TOKEN` as their bearer token. While that is not set, what it guards does not
 * exist: requests are answered with 404.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly token = process.env.LARDER_ADMIN_TOKEN;

  /** @throws NotFoundException, UnauthorizedException */
  canActivate(context: ExecutionContext): boolean {
    if (!this.token) throw new NotFoundException();
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    if (timingSafeEqual(digest(given), digest(this.token))) return true;
    throw new UnauthorizedException('Send the admin token.');
  }
}

/** Of one length, whatever was given: how long the comparison takes tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
