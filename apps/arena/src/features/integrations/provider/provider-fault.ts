/** Kinds of faults. The texts may be shown to users and logged: they never quote a response. */
const FAULTS = {
  'rate-limited': 'The provider limits the rate of requests.',
  unavailable: 'The provider is temporarily unavailable.',
  unreachable: 'The provider cannot be reached.',
  'timed-out': 'The provider did not answer in time.',
  'cut-off': 'The connection to the provider broke before the response.',
  failed: 'The provider failed.',
  unreadable: 'The provider sent an invalid response.',
  denied: 'The provider denied access. Connect the account again.',
  sealed: 'The stored token cannot be read. An administrator of arena must check the log.',
  rejected: 'The provider rejects the request of arena. An administrator of arena must check the log.',
} as const;
export type FaultKind = keyof typeof FAULTS;

/** Faults after which the provider has certainly not carried out the call. */
const NOTHING_DONE: readonly FaultKind[] = [
  'rate-limited',
  'unavailable',
  'unreachable',
  'denied',
  'rejected',
  'sealed',
];

/** A provider call failed. */
export class ProviderFault extends Error {
  /**
   * @param inDoubt whether the provider may have carried out the call
   * @param retryAfter earliest retry, in milliseconds from now
   */
  constructor(
    readonly kind: FaultKind,
    readonly inDoubt = !NOTHING_DONE.includes(kind),
    readonly retryAfter = 0,
    detail?: string,
  ) {
    super(detail === undefined ? FAULTS[kind] : `${FAULTS[kind]} (${detail})`);
    this.name = 'ProviderFault';
  }
}
