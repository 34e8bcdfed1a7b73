import type { Grant } from '../provider/provider-calls.js';
import { SealBroken, type TokenVault } from './token-vault.js';

/** The account that the tokens belong to. */
export interface Owner {
  readonly userId: string;
  readonly provider: string;
  readonly accountId: string;
}

interface SealedTokens {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
}

/** Seals tokens for the database and opens them. Each is bound to its account: it cannot be opened in another row. */
export class Seals {
  constructor(private readonly vault: TokenVault) {}

  seal(owner: Owner, { accessToken, refreshToken }: Pick<Grant, 'accessToken' | 'refreshToken'>): SealedTokens {
    return {
      accessToken: this.vault.seal(accessToken, about('access', owner)),
      refreshToken: refreshToken === undefined ? null : this.vault.seal(refreshToken, about('refresh', owner)),
    };
  }

  /** @throws SealBroken */
  openRefreshToken(owner: Owner, sealed: string): string {
    return this.vault.open(sealed, about('refresh', owner));
  }

  /** A readable token of a row, to revoke at the provider; revoking one revokes them all. */
  anyOf(row: Owner & SealedTokens): string | undefined {
    try {
      if (row.refreshToken !== null) return this.vault.open(row.refreshToken, about('refresh', row));
      return row.accessToken === null ? undefined : this.vault.open(row.accessToken, about('access', row));
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }

  /** The tokens of a row sealed with the newest key; undefined if they are already. @throws SealBroken */
  renewed(row: Owner & SealedTokens): SealedTokens | undefined {
    const isNew = (sealed: string | null) => sealed === null || sealed.startsWith(this.vault.currentSeal);
    if (isNew(row.accessToken) && isNew(row.refreshToken)) return undefined;
    return {
      accessToken: this.again('access', row, row.accessToken),
      refreshToken: this.again('refresh', row, row.refreshToken),
    };
  }

  private again(kind: string, owner: Owner, sealed: string | null): string | null {
    return sealed === null ? null : this.vault.seal(this.vault.open(sealed, about(kind, owner)), about(kind, owner));
  }
}

function about(kind: string, { userId, provider, accountId }: Owner): string[] {
  return [kind, userId, provider, accountId];
}
