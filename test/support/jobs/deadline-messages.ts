/** How a process that expires is started. */
export interface DeadlineProcessOptions {
  readonly redis: string;
  /** Tracks fifty, and dies at this step of expiring them. */
  readonly diesAt: number;
}

/** How long what a process expires outlives it. */
export const CLAIM_TTL = '1s';

/** The hash in Redis that tells how often each was expired. */
export const EXPIRED = 'expired';
