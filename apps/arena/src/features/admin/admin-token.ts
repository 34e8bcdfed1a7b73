import { createHash, timingSafeEqual } from 'node:crypto';

/** What those who run arena must know to steer it. */
export class AdminToken {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /**
   * Whether an `Authorization` header carries it: `Bearer` and the token, or `Basic` with the token for a password, which
   * browsers ask for.
   */
  isIn(authorization: string | undefined): boolean {
    const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
    return this.is(scheme.toLowerCase() === 'basic' ? passwordIn(credentials) : credentials);
  }

  /** Whether this is it. How long it takes to say no tells nothing of the right one. */
  is(token: string): boolean {
    // Digests are of one length, which the comparison takes for granted.
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
