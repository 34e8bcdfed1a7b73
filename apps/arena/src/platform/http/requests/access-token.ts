import { createHash, timingSafeEqual } from 'node:crypto';

/** A token that opens routes. */
export class AccessToken {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /** Whether an `Authorization` header carries the token: as `Bearer`, or as `Basic` password, which browsers ask for. */
  isIn(authorization: string | undefined): boolean {
    const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
    return this.is(scheme.toLowerCase() === 'basic' ? passwordIn(credentials) : credentials);
  }

  /** Compares in constant time. */
  is(token: string): boolean {
    // timingSafeEqual takes buffers of one length.
    return timingSafeEqual(digestOf(token), this.digest);
  }
}

function passwordIn(credentials: string): string {
  const account = Buffer.from(credentials, 'base64').toString();
  return account.slice(account.indexOf(':') + 1);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
