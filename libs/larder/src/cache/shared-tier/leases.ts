/** The right to load a key, exclusive among processes. */
export interface Lease {
  /** Ends the lease. Never rejects. */
  release(): Promise<void>;

  /**
   * Ends the renewal without a message: the lease expires within {@link Leases.lasts}. For leases that declare `lasts`, after
   * storing a value that can be served for longer than that, so that no node needs the lease meanwhile.
   */
  lapse?(): void;
}

/**
 * Leases decide which process loads a key that several processes miss. A lease saves work; no guarantee depends on it.
 *
 * An implementation must keep this rule (checked by `leasesContract` of `nest-larder/testing`): of several callers that ask
 * for an id at the same time, one gets the lease; the id is free again after a release, and soon after its process has died.
 */
export interface Leases {
  /** How long a lease lasts after its process has died or let it lapse, in milliseconds. Without it, leases are released. */
  readonly lasts?: number;

  /**
   * The lease of an id, or `undefined` if another caller holds it. Rejects if that cannot be found out in time.
   *
   * @param generation leases of one id with different generations are independent
   */
  take(id: string, generation: number): Promise<Lease | undefined>;
}
