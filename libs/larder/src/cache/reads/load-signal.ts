import type { CloseListener, Closing } from '../state/closing.js';
import type { LoadContext } from '../state/read-request.js';

/** The signal of a load, made when it is first read: most loads never read it. */
export class LoadSignal implements LoadContext, CloseListener {
  readonly #closing: Closing;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #hasEnded = false;
  /** Called when the load is given up. */
  onAbort: (() => void) | undefined;

  constructor(closing: Closing) {
    this.#closing = closing;
  }

  get signal(): AbortSignal {
    return (this.#controller ?? this.#make()).signal;
  }

  get isAborted(): boolean {
    return this.#reason !== undefined;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.onAbort?.();
  }

  closed(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** The load has ended: listeners of its signal can be collected. */
  end(): void {
    this.#hasEnded = true;
    if (this.#controller !== undefined) this.#closing.unfollow(this);
  }

  #make(): AbortController {
    this.#controller = new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    if (!this.#hasEnded || this.#closing.aborted) this.#closing.follow(this);
    return this.#controller;
  }
}
