/**
 * What is asked for in one turn of the event loop, so that few requests can answer all of it. Whoever was alone in the turn
 * before most likely is again: the first question of a turn goes out at once then, and only those that follow wait for its
 * end.
 *
 * @typeParam Question what one caller asks
 */
export class RequestBatcher<Question> {
  readonly #send: (questions: readonly Question[]) => void;
  readonly #most: number;
  #questions: Question[] = [];
  /** Questions of this turn so far, sent or not. */
  #count = 0;
  #wasAlone = false;
  // Callers of one turn come in microtasks: the queue behind them runs when there are no more.
  readonly #wait = () => process.nextTick(this.#end);
  readonly #end = () => {
    const questions = this.#questions;
    this.#wasAlone = this.#count === 1;
    this.#count = 0;
    if (questions.length === 0) return;
    this.#questions = [];
    if (questions.length <= this.#most) this.#send(questions);
    else this.#sendInPortions(questions);
  };

  /**
   * @param send answers some questions, and never throws
   * @param most questions of one request. With several under way one is answered while another's answers are made use of.
   */
  constructor(send: (questions: readonly Question[]) => void, most: number) {
    this.#send = send;
    this.#most = most;
  }

  ask(question: Question): void {
    this.#count++;
    if (this.#count === 1 && this.#wasAlone) this.#send([question]);
    else this.#questions.push(question);
    if (this.#count === 1) void Promise.resolve().then(this.#wait);
  }

  #sendInPortions(questions: readonly Question[]): void {
    for (let first = 0; first < questions.length; first += this.#most) {
      this.#send(questions.slice(first, first + this.#most));
    }
  }
}

/**
 * Runs one task a turn of the event loop. What came of the first goes out before the second is run, so that Redis works on
 * it meanwhile; and whatever else waits for its turn gets one in between.
 */
export class OnePerTurn {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;
  readonly #next = () => {
    this.#isTaken = false;
    const task = this.#waiting.shift();
    if (task !== undefined) this.run(task);
  };

  /** @param task must not throw */
  run(task: () => void): void {
    if (this.#isTaken) {
      this.#waiting.push(task);
      return;
    }
    this.#isTaken = true;
    setImmediate(this.#next);
    task();
  }
}
