/** Lets so much work go on at the same time; what comes besides waits for a place, in the order in which it came. */
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
      // A place goes straight to who waits: nobody who comes now can take it.
      const next = this.waiting.shift();
      if (next) next();
      else this.taken--;
    }
  }
}
