/**
 * Calls of one turn made into one: whoever asks while others of the same turn do is answered by the same request.
 *
 * @typeParam Question what one caller asks
 * @typeParam Answer what one caller gets
 */
export class Coalesced<Question, Answer> {
  readonly #ask: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  #questions: Question[] = [];
  #answers: Promise<readonly Answer[]> | undefined;

  /** @param ask answers many questions, in their order */
  constructor(ask: (questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#ask = ask;
  }

  async ask(question: Question): Promise<Answer> {
    const place = this.#questions.push(question) - 1;
    this.#answers ??= this.#send();
    return (await this.#answers)[place] as Answer;
  }

  async #send(): Promise<readonly Answer[]> {
    // Callers of one turn come in microtasks: the queue behind them runs when there are no more.
    await undefined;
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const questions = this.#questions;
    this.#questions = [];
    this.#answers = undefined;
    return this.#ask(questions);
  }
}
