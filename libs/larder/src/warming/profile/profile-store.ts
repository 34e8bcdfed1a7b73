/** What was learned, and its place in the order of writes. */
export interface StoredProfile {
  readonly bytes: Uint8Array;
  readonly revision: string;
}

/** Where the processes of a fleet keep what they learned together. */
export interface ProfileStore {
  /** `undefined` if nothing is stored. */
  read(): Promise<StoredProfile | undefined>;
  /**
   * Replaces what is stored, unless another process has replaced it since it was read.
   *
   * @param revision the one that was read; `undefined` if nothing was stored
   * @returns whether it was replaced
   */
  write(bytes: Uint8Array, revision: string | undefined): Promise<boolean>;
}
