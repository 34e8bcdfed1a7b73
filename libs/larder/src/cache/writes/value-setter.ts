import { inBatches, mapInBatches } from '../../base/batches.js';
import { LarderValueError } from '../../base/errors.js';
import type { Entry } from '../entries/entry.js';
import { makeStorable, type Storable } from '../entries/storable.js';
import type { Policy } from '../policy/policy.js';
import type { PackedEntry } from '../shared-tier/entry-packer.js';
import type { CacheContext } from '../state/context.js';
import { MAX_NAMED } from '../state/diagnostics.js';
import type { Note } from '../versions/journal.js';
import { entryOf, keepEntry, type Place, placeOfWrite } from './admission.js';
import { RaisedSlots } from './raised-slots.js';
import { BATCH_SIZE, type Cause, causeOf, TrackedJournal } from './tracked-journal.js';

/** A policy whose tags do not depend on the value. */
export type WritePolicy = Policy & { readonly tags: readonly string[] };

/** A value that can be stored under a path. */
interface Checked {
  readonly path: string;
  readonly value: unknown;
  readonly storable: Storable;
}

/** An entry that is made, and will be stored when its slots are raised; none if its TTL is 0. */
interface Draft {
  readonly place: Place;
  readonly entry: Entry | undefined;
}

/** The most entries that are stored in the step that raises their slots. */
const MAX_ATTACHED = 500;

/** Stores values that callers give. */
export class ValueSetter {
  readonly #context: CacheContext;
  readonly #journal: TrackedJournal;

  constructor(context: CacheContext, journal: TrackedJournal) {
    this.#context = context;
    this.#journal = journal;
  }

  /**
   * Stores values, after invalidating their keys: a load that began earlier cannot overwrite them, and other nodes drop their
   * old values.
   *
   * @throws LarderValueError before anything is stored, if a value cannot be stored
   */
  set(entries: readonly (readonly [path: string, value: unknown])[], policy: WritePolicy): Promise<void> {
    const checked = mapInBatches(entries, ([path, value]) => ({ path, value, storable: this.#checked(path, value) }));
    const note = this.#context.diagnostics?.noteOfPaths(entries);
    if (checked instanceof Promise)
      return this.#journal.follow(checked.then((all) => this.#setChecked(all, policy, note)));
    return this.#setChecked(checked, policy, note);
  }

  async #setChecked(checked: readonly Checked[], policy: WritePolicy, note: Note | undefined): Promise<void> {
    const { shared, slots, table } = this.#context;
    const raised = new RaisedSlots(table);
    const made = mapInBatches(checked, (one) => this.#draft(one, raised, policy));
    const drafts = made instanceof Promise ? await made : made;
    const own = new Set(checked.map(({ path }) => slots.ofPath(path)));
    const cause = this.#causeOf(checked, policy);
    const packed = drafts.length <= MAX_ATTACHED ? shared?.pack(entriesOf(drafts), policy) : undefined;
    const attached = Array.isArray(packed) ? (packed as readonly PackedEntry[]) : undefined;
    const isStored =
      attached === undefined
        ? await this.#raise(own, raised, note, cause)
        : await this.#raiseAndStore(own, raised, attached, note, cause);
    await this.#keepAll(drafts, raised, policy, isStored, isStored ? undefined : await packed);
  }

  #causeOf(checked: readonly Checked[], { method }: WritePolicy): Cause | undefined {
    if (!this.#journal.isHeard) return undefined;
    const named = checked.slice(0, MAX_NAMED).map(({ path }) => path);
    return causeOf('set', named, method);
  }

  /**
   * Keeps the entries whose slots were raised by this call alone.
   *
   * @param isStored whether the shared tier has them
   * @param packed what it gets if it has not; `undefined` if they are not packed
   */
  #keepAll(
    drafts: readonly Draft[],
    raised: RaisedSlots,
    policy: WritePolicy,
    isStored: boolean,
    packed: readonly PackedEntry[] | undefined,
  ): void | Promise<void> {
    const { shared } = this.#context;
    return inBatches(drafts, (portion) => {
      const kept = portion.filter(({ entry, place }) => {
        return entry !== undefined && keepEntry(this.#context, entry, place, raised.stampOf(place.dependent), policy);
      });
      if (isStored) return undefined;
      if (packed === undefined) return shared?.share(entriesOf(kept), policy);
      const entries = new Set(entriesOf(kept));
      return shared?.sharePacked(packed.filter(({ entry }) => entries.has(entry)));
    });
  }

  /** All slots are raised before the first value is stored: two keys may collide in a slot. */
  async #raise(own: ReadonlySet<number>, raised: RaisedSlots, note?: Note, cause?: Cause): Promise<false> {
    await inBatches(
      [...own],
      async (portion) => raised.add(portion, (await this.#journal.bump(portion, note, undefined, cause)).sequence),
      BATCH_SIZE,
    );
    return false;
  }

  /** Raises slots and stores entries in one step, if the journal can. */
  async #raiseAndStore(
    own: ReadonlySet<number>,
    raised: RaisedSlots,
    packed: readonly PackedEntry[],
    note?: Note,
    cause?: Cause,
  ): Promise<boolean> {
    const { shared } = this.#context;
    let count = 0;
    const attach = (version: number) => {
      const entries = shared?.attach(packed, own, version) ?? [];
      count = entries.length;
      return entries;
    };
    const slots = [...own];
    const { sequence, isStored = false } = await this.#journal.bumpAndStore(slots, attach, note, cause);
    raised.add(slots, sequence);
    if (isStored) shared?.countStores(count);
    return isStored;
  }

  /** The entry of a value whose slots will be raised. */
  #draft({ path, storable, value }: Checked, { before }: RaisedSlots, policy: WritePolicy): Draft {
    const began = this.#context.clock.elapsed();
    const place = placeOfWrite(this.#context, path, before, began, policy.tags);
    const entry = entryOf(this.#context, place, value, storable, policy);
    // An invalidation that this node applies while the other values of the call are prepared counts.
    if (entry !== undefined) entry.stamp = before;
    return { place, entry };
  }

  #checked(path: string, value: unknown): Storable {
    try {
      return makeStorable(value, this.#context.classes);
    } catch (error) {
      throw error instanceof LarderValueError ? error.of(path) : error;
    }
  }
}

function entriesOf(drafts: readonly Draft[]): Entry[] {
  return drafts.map(({ entry }) => entry).filter((entry) => entry !== undefined);
}
