/** The options of a process that expires deadlines. */
export interface DeadlineProcessOptions {
  readonly redis: string;
  /** Tracks fifty ids, and dies at this step of expiring them. */
  readonly diesAt: number;
}

/** How long a claim outlives its process. */
export const CLAIM_TTL = '1s';

/** The hash in Redis that counts how often each id expired. */
export const EXPIRED = 'expired';
