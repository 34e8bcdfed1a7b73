/** How a process that expires is started. */
export interface DeadlineProcessOptions {
  readonly redis: string;
  /** Tracks fifty, and dies at this step of expiring them. */
  readonly diesAt: number;
}

/** The hash in Redis that tells how often each was expired. */
export const EXPIRED = 'expired';
