import { createHash, timingSafeEqual } from 'node:crypto';

/** What those who run arena must know to steer it. */
export class AdminToken {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /**
   * Whether an `Authorization` header carries it: `Bearer` and the token, or `Basic` with the token for a password, which
   * browsers ask for. Takes the same time for every wrong one.
   */
  isIn(authorization: string | undefined): boolean {
    const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
    const token = scheme.toLowerCase() === 'basic' ? passwordIn(credentials) : credentials;
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
