import { idOf } from '../../keys/key.js';
import type { Target } from '../../keys/target.js';
import type { CacheContext } from '../state/context.js';
import { namesOf } from '../state/diagnostics.js';
import { MarkedWrite } from '../state/write-mark.js';
import type { Bump } from '../versions/journal.js';
import { ROOT_SLOT } from '../versions/slots.js';
import { offer, placeOfWrite } from './admission.js';
import { DeferredInvalidations } from './deferred-invalidations.js';
import { causeOf, type RaiseListener, TrackedJournal } from './tracked-journal.js';
import { ValueSetter, type WritePolicy } from './value-setter.js';

/** Whether an error of a write proves that it changed nothing, such as a rejection before it began. */
export type UnchangedOn = (error: unknown) => boolean;

/** Stores values of callers, and invalidates what they replace. */
export class Writer {
  readonly #context: CacheContext;
  readonly #journal: TrackedJournal;
  readonly #setter: ValueSetter;
  readonly #deferred = new DeferredInvalidations();

  constructor(context: CacheContext) {
    this.#context = context;
    this.#journal = new TrackedJournal(context.journal, context.clock, context.tracing);
    this.#setter = new ValueSetter(context, this.#journal);
  }

  /** Replaces the listener for the slots that this process raises. */
  hearRaises(listener: RaiseListener | undefined): void {
    this.#journal.hearRaises(listener);
  }

  /**
   * Stores values, after invalidating their keys: a load that began earlier cannot overwrite them, and other nodes drop their
   * old values.
   *
   * @throws LarderValueError before anything is stored, if a value cannot be stored
   */
  set(entries: readonly (readonly [path: string, value: unknown])[], policy: WritePolicy): Promise<void> {
    return this.#setter.set(entries, policy);
  }

  /**
   * Runs a write, invalidates the key and `targets`, and stores the result if no other write of the key overlapped. A write
   * that fails may still have been committed, so the key is invalidated then too.
   *
   * @param targets the slots of everything else that the write changed, from its result
   * @param unchangedOn whether an error of the write proves that it changed nothing
   * @param name of the write
   */
  through<T>(
    path: string,
    write: () => T | Promise<T>,
    targets: (result: T) => readonly number[] | Promise<readonly number[]>,
    policy: WritePolicy,
    unchangedOn?: UnchangedOn,
    name = '',
  ): Promise<T> {
    return this.follow(this.#through(path, write, targets, policy, unchangedOn, name));
  }

  async #through<T>(
    path: string,
    write: () => T | Promise<T>,
    targets: (result: T) => readonly number[] | Promise<readonly number[]>,
    policy: WritePolicy,
    unchangedOn: UnchangedOn | undefined,
    name: string,
  ): Promise<T> {
    const { clock, slots, statistics } = this.#context;
    const journal = this.#journal;
    const own = slots.ofPath(path);
    const cause = this.#journal.isHeard ? causeOf('write-through', [path], name) : undefined;
    const intent = await journal.announce({ id: idOf(path), slots: slots.ofEntry(path, policy.tags), bumps: [own] });
    let result: T;
    let bumps: readonly number[];
    const marked = new MarkedWrite(intent.mark);
    try {
      result = await marked.run(write);
      marked.end();
    } catch (error) {
      marked.end();
      const isChanged = !isUnchanged(error, unchangedOn);
      if (isChanged) statistics.invalidated(name);
      await journal.conclude(intent, isChanged ? [own] : [], undefined, false, cause);
      throw error;
    }
    statistics.invalidated(name);
    try {
      const others = targets(result);
      bumps = [own, ...(others instanceof Promise ? await others : others)];
    } catch (error) {
      await journal.conclude(intent, [own], this.#context.diagnostics?.noteOfPath(path), false, cause);
      throw error;
    }
    const end = async (succeeded: boolean) => {
      // The reply may be late; the value is only known to be the latest when the end of the write was sent.
      const began = clock.elapsed();
      const note = this.#context.diagnostics?.noteOfPath(path);
      // If the surrounding work failed, its transaction may still be committed.
      const { sequence, alone } = await journal.conclude(intent, bumps, note, marked.isUsed && succeeded, cause);
      if (!alone || !succeeded || !(policy.inMemory || policy.isShared)) return;
      const place = () => placeOfWrite(this.#context, path, sequence, began, policy.tags);
      const entry = offer(this.#context, idOf(path), result, policy, place);
      if (entry !== undefined && policy.isShared) void this.#context.shared?.share([entry], policy);
    };
    if (!this.#deferred.holdsEnd(end)) await end(true);
    return result;
  }

  /**
   * Runs a write, then invalidates what it changed. If this process dies, other nodes invalidate the slots of `before`.
   *
   * @param before slots that the write will change, as far as they are known before it runs
   * @param after the slots that it changed; none if it changed nothing
   * @param name the name of the write
   */
  async around<T>(
    before: readonly number[],
    write: () => T | Promise<T>,
    after: (result: T) => Promise<readonly number[]>,
    name = '',
  ): Promise<T> {
    const journal = this.#journal;
    // Not awaited: the end of the write invalidates in any case.
    const announced = before.length === 0 ? undefined : journal.announce({ id: undefined, slots: [], bumps: before });
    const conclude = async (slots: readonly number[]) => {
      const note = this.#context.diagnostics?.noteOfPath(name);
      const cause = journal.isHeard ? causeOf('write', [], name) : undefined;
      if (announced !== undefined) await journal.conclude(await announced, slots, note, false, cause);
      else if (slots.length > 0) await journal.bump(slots, note, undefined, cause);
    };
    let result: T;
    try {
      result = await write();
    } catch (error) {
      await conclude([]);
      throw error;
    }
    // Followed only from here on: a write that awaits `delivered` would wait for itself.
    await this.follow(this.#concludeWrite(() => after(result), conclude, name));
    return result;
  }

  async #concludeWrite(
    after: () => Promise<readonly number[]>,
    conclude: (slots: readonly number[]) => Promise<void>,
    name: string,
  ): Promise<void> {
    let slots: readonly number[];
    try {
      slots = await after();
    } catch (error) {
      await conclude([]);
      throw error;
    }
    if (slots.length > 0) this.#context.statistics.invalidated(name);
    const end = (succeeded: boolean) => conclude(succeeded ? slots : []);
    if (!this.#deferred.holdsEnd(end)) await end(true);
  }

  /**
   * @param targets the targets of the slots
   * @param mark the mark of the write that changed the rows
   */
  invalidate(slots: readonly number[], targets: readonly Target[], mark?: string): Promise<{ delivered: boolean }> {
    if (slots.length === 0 || !this.#deferred.holds(slots))
      return this.invalidateCommitted(slots, () => namesOf(targets), mark);
    this.#context.statistics.invalidated();
    return Promise.resolve({ delivered: false });
  }

  /** The same for what is committed already: no transaction around it holds it back. */
  invalidateCommitted(
    slots: readonly number[],
    named: () => readonly string[],
    mark?: string,
  ): Promise<{ delivered: boolean }> {
    this.#context.statistics.invalidated();
    if (slots.length === 0) return Promise.resolve({ delivered: true });
    const cause = this.#journal.isHeard ? causeOf('call', named()) : undefined;
    const note = this.#context.diagnostics?.noteOfPath(named().join(', '));
    return this.#journal.bump(slots, note, mark, cause).then(withoutSequence);
  }

  /** Raises the root slot. */
  invalidateEverything(): Promise<{ delivered: boolean }> {
    this.#context.statistics.invalidated();
    const note = this.#context.diagnostics?.noteOfPath('*');
    return this.#journal.bump(
      [ROOT_SLOT],
      note,
      undefined,
      this.#journal.isHeard ? causeOf('clear', ['*']) : undefined,
    );
  }

  /** Counts a call that ends with an invalidation as in transit from now on: see {@link delivered}. */
  follow<Work extends Promise<unknown>>(work: Work): Work {
    return this.#journal.follow(work);
  }

  /** For how many milliseconds the oldest sent invalidation has not been delivered. */
  get deliveryLag(): number {
    return this.#journal.deliveryLag;
  }

  /**
   * Whether everything invalidated before this call has been delivered, or is within `limit`. `false` inside work of
   * {@link defer}, whose invalidations have not been sent.
   *
   * @param limit milliseconds
   */
  async delivered(limit: number): Promise<boolean> {
    return !this.#deferred.isHolding && this.#journal.delivered(limit);
  }

  /** Runs work and holds its invalidations until it has succeeded; drops them if it fails. */
  defer<T>(work: () => Promise<T>): Promise<T> {
    return this.#deferred.run(
      work,
      (slots) =>
        this.#journal.bump(slots, undefined, undefined, this.#journal.isHeard ? causeOf('deferred', []) : undefined),
      (passing) => this.follow(passing),
    );
  }
}

function withoutSequence({ delivered }: Bump): { delivered: boolean } {
  return { delivered };
}

/** In doubt a write has changed something. */
function isUnchanged(error: unknown, unchangedOn: UnchangedOn | undefined): boolean {
  try {
    return unchangedOn?.(error) === true;
  } catch {
    return false;
  }
}
