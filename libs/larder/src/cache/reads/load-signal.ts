import type { LoadContext } from '../state/read-request.js';

/** Most loads never look at their signal, so it is made when one does. */
export class LoadSignal implements LoadContext {
  readonly #closing: AbortSignal;
  #own: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #reason: Error | undefined;
  /** What else ends when the load is given up. */
  onAbort: (() => void) | undefined;

  constructor(closing: AbortSignal) {
    this.#closing = closing;
  }

  get signal(): AbortSignal {
    this.#own ??= new AbortController();
    this.#signal ??= AbortSignal.any([this.#closing, this.#own.signal]);
    if (this.#reason !== undefined) this.#own.abort(this.#reason);
    return this.#signal;
  }

  get isAborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#own?.abort(reason);
    this.onAbort?.();
  }
}
