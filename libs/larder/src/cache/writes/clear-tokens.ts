/**
 * Remembers the tokens issued for clearing the cache.
 *
 * An implementation must keep these rules (checked by `clearTokensContract` of `nest-larder/testing`):
 * - An issued token can be redeemed once, before it expires, on any node; of two concurrent calls one succeeds.
 * - Any other token cannot be redeemed.
 */
export interface ClearTokens {
  /** @param ttl milliseconds */
  issue(token: string, ttl: number): Promise<void>;

  /** Whether the token was valid. Makes it invalid. */
  redeem(token: string): Promise<boolean>;
}
