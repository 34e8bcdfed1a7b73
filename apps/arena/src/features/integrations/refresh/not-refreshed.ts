/** Why an account was skipped without a provider call. */
export const REASONS = {
  'unknown-provider': 'This provider is not configured any more.',
  'not-connected': 'You have not connected this account.',
  'reconnect-needed': 'Connect the account again.',
  'not-refreshable': 'The provider gave no refresh token. Connect the account again when its access expires.',
  'not-now': 'Another refresh is running, or failed a moment ago. Try again soon.',
  'changed-meanwhile': 'The account was connected again, disconnected or refreshed by another process meanwhile.',
  'out-of-time': 'The time limit ended before this account was refreshed. Try again.',
} as const;

export class NotRefreshed extends Error {
  constructor(readonly reason: keyof typeof REASONS) {
    super(REASONS[reason]);
    this.name = 'NotRefreshed';
  }
}
