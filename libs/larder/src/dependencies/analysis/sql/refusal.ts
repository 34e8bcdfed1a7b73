/** Why a query cannot be cached by what it reads. Thrown while a text is analysed, and caught by the analyser. */
export class Refusal extends Error {
  /** @param reason begins small: `it reads a sequence` */
  constructor(readonly reason: string) {
    super(reason);
  }
}
