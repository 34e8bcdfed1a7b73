/** What a node holds, and what the fleet did with it. Texts belong to a notice from its begin to its end. */
export interface Claimed {
  /** The ids that no node held before: this node announces them. */
  readonly opened: readonly string[];
  /** The texts of notices that no node holds any more: this node announces their end. */
  readonly closed: readonly string[];
}

/** Lets one node of several announce a notice that each of them may hold, and one its end. */
export interface NoticeClaims {
  /**
   * Replaces what a node holds.
   *
   * @param held a text for each id, kept for the end if this node opens the notice
   * @param life milliseconds after which a dead node holds nothing
   */
  exchange(node: string, held: ReadonlyMap<string, string>, life: number): Promise<Claimed>;
}
