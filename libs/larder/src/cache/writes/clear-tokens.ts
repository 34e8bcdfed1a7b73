/**
 * Where it is remembered which tokens were given out to clear the cache.
 *
 * What an implementation must hold to (`clearTokensContract` of `nest-larder/testing` checks it):
 * - A token that was issued is redeemed once, within its time, on any node; then never again, even by two at the same moment.
 * - Anything else is not redeemed.
 */
export interface ClearTokens {
  /** @param ttl milliseconds */
  issue(token: string, ttl: number): Promise<void>;

  /** Whether the token was good; it is not from now on. */
  redeem(token: string): Promise<boolean>;
}
