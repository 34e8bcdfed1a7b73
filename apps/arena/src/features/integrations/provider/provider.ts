import { z } from 'zod';
import { milliseconds } from '../../../platform/config/duration.js';

/** Secrets travel to it: plain HTTP is for a provider on this machine only. */
const address = z.string().refine(isSafe, 'an https:// URL (http:// on localhost only)');

/** Somebody who lets arena act for an account that a user has there, by OAuth 2. */
export const provider = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of small letters, digits and dashes, up to 40'),
  title: z.string().min(1).max(60).optional(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  authorizationUrl: address,
  tokenUrl: address,
  /** Answers whose account it is to who brings an access token. */
  accountUrl: address,
  /** RFC 7009. */
  revocationUrl: address.optional(),
  /** What it calls itself in `iss` (RFC 9207). */
  issuer: address.optional(),
  scope: z.string().optional(),
  /** Members of what `accountUrl` answers. */
  accountId: z.string().default('sub'),
  accountName: z.string().default('name'),
  /** Whether a refresh token is replaced when it is used, or can be used again and again. */
  refreshTokens: z.enum(['rotating', 'reusable']).default('rotating'),
  /** For how long, in milliseconds, one that was replaced may be sent again: the answer may have been lost. */
  reuseWindow: milliseconds('0ms', '1h').default(0),
});
export type Provider = z.infer<typeof provider>;

/** Those that arena was told of, by name. */
export class Providers {
  private readonly byName: ReadonlyMap<string, Provider>;

  constructor(readonly all: readonly Provider[]) {
    this.byName = new Map(all.map((one) => [one.name, one]));
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  find(name: string): Provider | undefined {
    return this.byName.get(name);
  }
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname));
}
