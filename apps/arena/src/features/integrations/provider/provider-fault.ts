/** What a provider made of a call, or failed to. Words that can be told to users and in logs: no answer is repeated. */
const FAULTS = {
  'rate-limited': 'The provider takes no more requests for now.',
  unavailable: 'The provider is not available for now.',
  unreachable: 'The provider cannot be reached.',
  'timed-out': 'The provider did not answer in time.',
  'cut-off': 'The connection to the provider broke before it answered.',
  failed: 'The provider failed.',
  unreadable: 'The answer of the provider is none that it may give.',
  denied: 'The provider does not accept this any more: the account has to be connected again.',
  sealed: 'The stored token cannot be read; those who run arena have to look at it.',
  rejected: 'The provider rejects what arena asks for; those who run arena have to look at it.',
} as const;
export type FaultKind = keyof typeof FAULTS;

/** Those after which it is certain that the provider has done nothing. */
const NOTHING_DONE: readonly FaultKind[] = [
  'rate-limited',
  'unavailable',
  'unreachable',
  'denied',
  'rejected',
  'sealed',
];

/** A call of a provider that did not succeed. */
export class ProviderFault extends Error {
  /**
   * @param inDoubt whether the provider may have done all the same what it was asked for
   * @param retryAfter when it wants to be asked again, in milliseconds
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
