import { createHash, randomBytes } from 'node:crypto';

/** How a provider treats tokens. Default: `USUAL`. */
export interface ProviderRules {
  /** TTL of an access token in seconds. */
  readonly expiresIn: number;
  /** Whether refreshing replaces the refresh token. */
  readonly rotates: boolean;
  /** Milliseconds for which a replaced refresh token is still accepted. */
  readonly reuseWindow: number;
}

export const USUAL: ProviderRules = { expiresIn: 3_600, rotates: true, reuseWindow: 0 };

/** All tokens of one consent. Revoking it invalidates them. */
interface Family {
  readonly account: string;
  revoked: boolean;
}
interface Code {
  readonly family: Family;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly expires: number;
  used: boolean;
}
interface RefreshToken {
  readonly family: Family;
  replacedAt?: number;
}
interface AccessToken {
  readonly family: Family;
  readonly expires: number;
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
}

/** The codes and tokens of one provider, by the rules of RFC 6749 and RFC 9700. */
export class Grants {
  private readonly codes = new Map<string, Code>();
  private readonly refreshTokens = new Map<string, RefreshToken>();
  private readonly accessTokens = new Map<string, AccessToken>();

  constructor(public rules: ProviderRules = USUAL) {}

  code(account: string, redirectUri: string, challenge: string): string {
    const code = unguessable('code');
    const family = { account, revoked: false };
    this.codes.set(code, { family, redirectUri, challenge, expires: Date.now() + 60_000, used: false });
    return code;
  }

  /** @returns `undefined` for `invalid_grant` */
  exchange(code: string, redirectUri: string, verifier: string): TokenAnswer | undefined {
    const known = this.codes.get(code);
    if (known === undefined) return undefined;
    if (known.used) known.family.revoked = true;
    known.used = true;
    const fits = createHash('sha256').update(verifier).digest('base64url') === known.challenge;
    const isGood = !known.family.revoked && known.expires > Date.now() && known.redirectUri === redirectUri && fits;
    return isGood ? this.issue(known.family, true) : undefined;
  }

  /** @returns `undefined` for `invalid_grant` */
  refresh(token: string): TokenAnswer | undefined {
    const known = this.refreshTokens.get(token);
    if (known === undefined || known.family.revoked) return undefined;
    const { rotates, reuseWindow } = this.rules;
    if (known.replacedAt !== undefined && Date.now() - known.replacedAt > reuseWindow) {
      // Two clients have it, and the provider cannot tell which of them is the thief.
      known.family.revoked = true;
      return undefined;
    }
    if (rotates) known.replacedAt ??= Date.now();
    return this.issue(known.family, rotates);
  }

  /** The account that an access token opens. */
  accountOf(token: string): string | undefined {
    const known = this.accessTokens.get(token);
    return known === undefined || known.family.revoked || known.expires < Date.now() ? undefined : known.family.account;
  }

  revoke(token: string): void {
    const family = (this.refreshTokens.get(token) ?? this.accessTokens.get(token))?.family;
    if (family) family.revoked = true;
  }

  /** Revokes a consent, as when a user removes arena in the settings of the account. */
  revokeAccount(account: string): void {
    for (const { family } of this.refreshTokens.values()) if (family.account === account) family.revoked = true;
  }

  /** The account of a refresh token, valid or not. */
  holderOf(token: string): string | undefined {
    return this.refreshTokens.get(token)?.family.account;
  }

  /** All issued secrets, for tests that search for leaks. */
  get secrets(): string[] {
    return [...this.refreshTokens.keys(), ...this.accessTokens.keys(), ...this.codes.keys()];
  }

  /** Accounts with a consent that is not revoked. */
  get standing(): string[] {
    return [...this.refreshTokens.values()].filter(({ family }) => !family.revoked).map(({ family }) => family.account);
  }

  private issue(family: Family, withRefreshToken: boolean): TokenAnswer {
    const accessToken = unguessable('access');
    const { expiresIn } = this.rules;
    this.accessTokens.set(accessToken, { family, expires: Date.now() + expiresIn * 1_000 });
    const answer = {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
      scope: 'profile',
    } as const;
    if (!withRefreshToken) return answer;
    const refreshToken = unguessable('refresh');
    this.refreshTokens.set(refreshToken, { family });
    return { ...answer, refresh_token: refreshToken };
  }
}

function unguessable(kind: string): string {
  return `${kind}-${randomBytes(24).toString('base64url')}`;
}
