/** Limits concurrent work; further work waits in the order of its arrival. */
export class Places {
  private readonly waiting: (() => void)[] = [];
  private taken = 0;

  constructor(private readonly count: number) {}

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.taken < this.count) this.taken++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Passes the place directly to the next waiter, so that a new caller cannot overtake it.
      const next = this.waiting.shift();
      if (next) next();
      else this.taken--;
    }
  }
}
