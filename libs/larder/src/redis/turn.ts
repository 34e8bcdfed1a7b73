/**
 * What is asked for in one turn of the event loop, so that few requests can answer all of it.
 *
 * @typeParam Question what one caller asks
 */
export class Turn<Question> {
  readonly #send: (questions: readonly Question[]) => void;
  readonly #most: number;
  #questions: Question[] = [];
  // Callers of one turn come in microtasks: the queue behind them runs when there are no more.
  readonly #wait = () => process.nextTick(this.#end);
  readonly #end = () => {
    const questions = this.#questions;
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
    if (this.#questions.push(question) === 1) void Promise.resolve().then(this.#wait);
  }

  #sendInPortions(questions: readonly Question[]): void {
    for (let first = 0; first < questions.length; first += this.#most) {
      this.#send(questions.slice(first, first + this.#most));
    }
  }
}
