import { z } from 'zod';
import { milliseconds } from '../../../platform/config/duration.js';

/** Secrets are sent to it: plain HTTP only on localhost. */
const address = z.string().refine(isSafe, 'an https:// URL (http:// on localhost only)');

/** An OAuth 2 provider at which users have accounts. */
export const provider = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name of small letters, digits and dashes, up to 40'),
  title: z.string().min(1).max(60).optional(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  authorizationUrl: address,
  tokenUrl: address,
  /** Returns the account that an access token belongs to. */
  accountUrl: address,
  /** Revokes tokens (RFC 7009). */
  revocationUrl: address.optional(),
  /** The issuer that it sends as `iss` (RFC 9207). */
  issuer: address.optional(),
  scope: z.string().optional(),
  /** The fields of the response of `accountUrl` that hold id and name. */
  accountId: z.string().default('sub'),
  accountName: z.string().default('name'),
  /** Whether each use replaces a refresh token, or it can be used again. */
  refreshTokens: z.enum(['rotating', 'reusable']).default('rotating'),
  /** How long a replaced refresh token is still accepted, in milliseconds: the response may have been lost. */
  reuseWindow: milliseconds('0ms', '1h').default(0),
});
export type Provider = z.infer<typeof provider>;

/** The configured providers, by name. */
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
