/** Why an account is not refreshed though no provider was asked. */
export const REASONS = {
  'unknown-provider': 'Arena knows this provider no more.',
  'not-connected': 'You have no such account connected.',
  'reconnect-needed': 'The account has to be connected again.',
  'not-refreshable': 'The provider has given nothing to refresh it with; connect it again when it ends.',
  'not-now': 'It is being refreshed at this moment, or was tried a moment ago. Try again soon.',
  'changed-meanwhile': 'It was connected again, disconnected or refreshed by another process meanwhile.',
  'out-of-time': 'There were too many before it. Try again.',
} as const;

export class NotRefreshed extends Error {
  constructor(readonly reason: keyof typeof REASONS) {
    super(REASONS[reason]);
    this.name = 'NotRefreshed';
  }
}
