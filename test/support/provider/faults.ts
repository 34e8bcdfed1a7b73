/** What goes wrong when a token is asked for. */
export interface Fault {
  /** Whose; everybody's if it is not said. */
  readonly account?: string;
  readonly provider?: string;
  /** How often; from now on always if it is not said. */
  times?: number;
  readonly does:
    | { readonly status: number; readonly retryAfter?: number; readonly error?: string }
    /** Answers nothing until it is let go: before it has done what was asked for, or after. */
    | 'hang-before'
    | 'hang-after'
    /** Does it, and breaks the connection instead of answering. */
    | 'cut-off'
    /** Answers something that is no token, or no end of it. */
    | 'garbage'
    | 'flood';
}

/** A call for a token, and what came of it. */
export interface TokenCall {
  readonly provider: string;
  readonly grant: string;
  readonly account: string | undefined;
  result: 'waiting' | 'given' | 'refused' | 'lost';
}

/** The faults that were ordered, and the calls that are held. */
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

  /** Until it is let go. */
  async hold(): Promise<void> {
    await new Promise<void>((resolve) => this.held.push(resolve));
  }

  letGo(): void {
    for (const go of this.held.splice(0)) go();
  }
}
