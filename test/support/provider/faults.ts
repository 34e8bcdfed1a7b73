/** A fault of token requests. */
export interface Fault {
  /** Default: all accounts. */
  readonly account?: string;
  readonly provider?: string;
  /** How often. Default: always. */
  times?: number;
  readonly does:
    | { readonly status: number; readonly retryAfter?: number; readonly error?: string }
    /** Waits for a release: before it has handled the request, or after. */
    | 'hang-before'
    | 'hang-after'
    /** Handles the request, and closes the connection instead of answering. */
    | 'cut-off'
    /** Sends an answer that is no token, or never ends. */
    | 'garbage'
    | 'flood';
}

/** A token request, and its result. */
export interface TokenCall {
  readonly provider: string;
  readonly grant: string;
  readonly account: string | undefined;
  result: 'waiting' | 'given' | 'refused' | 'lost';
}

/** The ordered faults, and the requests on hold. */
export class Faults {
  private ordered: Fault[] = [];
  private readonly held: (() => void)[] = [];

  order(faults: readonly Fault[]): void {
    this.ordered = [...faults];
  }

  next(provider: string, account: string | undefined): Fault['does'] | undefined {
    const fault = this.ordered.find(
      (one) => (one.account ?? account) === account && (one.provider ?? provider) === provider && (one.times ?? 1) > 0,
    );
    if (fault?.times !== undefined) fault.times--;
    return fault?.does;
  }

  /** Waits until `letGo`. */
  async hold(): Promise<void> {
    await new Promise<void>((resolve) => this.held.push(resolve));
  }

  letGo(): void {
    for (const go of this.held.splice(0)) go();
  }
}
