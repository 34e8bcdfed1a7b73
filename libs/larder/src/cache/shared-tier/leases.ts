/** The right to load a key, held against other processes. */
export interface Lease {
  /** Gives it back. Never rejects. */
  release(): Promise<void>;
}

/**
 * Who loads a key, of all the processes that miss it. A lease saves work; no promise depends on it.
 *
 * What an implementation must hold to (`leasesContract` of `nest-larder/testing` checks it):
 * - Of those who ask for an id at the same time one gets it; it is free again when it was released, and soon after its
 *   process has died.
 */
export interface Leases {
  /**
   * The lease of an id, or `undefined` if someone else holds it. Rejects if that cannot be found out in time.
   *
   * @param generation leases of one id but different generations have nothing to do with each other
   */
  take(id: string, generation: number): Promise<Lease | undefined>;
}
