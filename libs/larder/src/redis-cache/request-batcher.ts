/**
 * Batches the requests of one turn of the event loop. If the former turn had only one request, this one most likely has too: its
 * first request is then sent at once, and only later ones wait for the end of the turn.
 *
 * @typeParam Question the request of one caller
 */
export class RequestBatcher<Question> {
  readonly #send: (questions: readonly Question[]) => void;
  readonly #most: number;
  #questions: Question[] = [];
  /** Requests in this turn, sent or not. */
  #count = 0;
  #wasAlone = false;
  // Callers of one turn run in microtasks; `nextTick` from a microtask runs when none are left.
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
   * @param send serves a batch; must not throw
   * @param most requests per batch. Several smaller batches overlap: one is decoded while another is in flight.
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
 * Runs one task per turn of the event loop. Commands that the first task causes are sent before the second runs, and other work
 * of the process runs in between.
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
