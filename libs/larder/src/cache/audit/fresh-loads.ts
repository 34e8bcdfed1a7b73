import { AsyncScope } from '../../base/async-scope.js';
import { LoadSignal } from '../reads/load-signal.js';
import type { Closing } from '../state/closing.js';
import type { LoadContext, ReadRequest } from '../state/read-request.js';

/** A load of the audit, or a load that it asks for. */
class FreshLoad {
  isRunning = true;

  constructor(
    readonly path: string,
    readonly parent: FreshLoad | undefined,
    /** What all loads of one comparison have in common: each value is loaded once. */
    readonly values: Map<string, Promise<unknown>>,
  ) {}

  /** Whether it loads this path, or a load that asked for it does. */
  isWithin(path: string): boolean {
    return this.path === path || this.parent?.isWithin(path) === true;
  }
}

/** Runs loads whose own cached reads are fresh too: a value made of stale parts would look consistent. */
export class FreshLoads {
  readonly #scope = new AsyncScope<FreshLoad>();
  readonly #closing: Closing;
  /** How many of them run. */
  running = 0;

  constructor(closing: Closing) {
    this.#closing = closing;
  }

  /** Whether one of its loads makes this call. Costs a hit one comparison while none runs. */
  get isInside(): boolean {
    return this.running > 0 && this.#scope.current?.isRunning === true;
  }

  run(request: ReadRequest, context: LoadContext): Promise<unknown> {
    return this.#run(request, context, undefined, new Map());
  }

  /** The fresh value for a read inside one of its loads. A method without audit is read from the cache: it may have effects. */
  fresh(request: ReadRequest): Promise<unknown> | undefined {
    if (!this.isInside || request.policy.audit === undefined) return undefined;
    const parent = this.#scope.current as FreshLoad;
    if (parent.isWithin(request.path)) return undefined;
    const known = parent.values.get(request.path);
    if (known !== undefined) return known;
    const signal = new LoadSignal(this.#closing);
    const value = this.#run(request, signal, parent, parent.values).finally(() => signal.end());
    parent.values.set(request.path, value);
    return value;
  }

  async #run(
    { load, path }: ReadRequest,
    context: LoadContext,
    parent: FreshLoad | undefined,
    values: Map<string, Promise<unknown>>,
  ): Promise<unknown> {
    const running = new FreshLoad(path, parent, values);
    this.running++;
    try {
      return await this.#scope.enter(running, load, context);
    } finally {
      running.isRunning = false;
      this.running--;
      this.#scope.leaveAtOnce();
    }
  }
}
