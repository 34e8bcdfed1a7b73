import type { AsyncResource } from 'node:async_hooks';
import type { Attachment, Bump, Note } from '../../cache/versions/journal.js';
import { ROOT_SLOT } from '../../cache/versions/slots.js';

/** Limits of one script: its bumps, their slots, and the targets in its record. A longer script would block other clients. */
export const MAX_BUMPS = 500;
const MAX_SLOTS = 5000;
const MAX_NAMED = 10;

/** A bump that is sent with the others of its turn. */
export interface AskedBump {
  readonly slots: readonly number[];
  readonly note: Note | undefined;
  readonly attachment: Attachment | undefined;
  /** The async context of a traced bump. */
  readonly caller: AsyncResource | undefined;
  readonly resolve: (bump: Bump | Promise<Bump>) => void;
}

/** Bumps that are sent in one script, with the result of separate ones. */
export class BumpBatch {
  readonly bumps: readonly [AskedBump, ...AskedBump[]];
  readonly slots: readonly number[];
  /** The bumps none of whose slots a later one raises, nor the root. */
  readonly last: ReadonlySet<AskedBump>;

  constructor(bumps: readonly [AskedBump, ...AskedBump[]]) {
    this.bumps = bumps;
    const later = new Set<number>();
    const last = new Set<AskedBump>();
    for (const bump of bumps.toReversed()) {
      if (!later.has(ROOT_SLOT) && !bump.slots.some((slot) => later.has(slot))) last.add(bump);
      for (const slot of bump.slots) later.add(slot);
    }
    this.last = last;
    this.slots = [...later];
  }

  /** One note for several bumps of one origin. */
  get note(): Note | undefined {
    const [first] = this.bumps;
    const description = first.note?.description;
    if (description === undefined || this.bumps.length === 1) return first.note;
    const targets = this.bumps.slice(0, MAX_NAMED).map(({ note }) => note?.description?.target);
    return { ...first.note, description: { origin: description.origin, target: targets.join(', ') } };
  }
}

/** Divides the bumps of a turn, in their order: one batch per origin, trace and limit. */
export function batchesOf(bumps: readonly AskedBump[]): readonly BumpBatch[] {
  const batches: [AskedBump, ...AskedBump[]][] = [];
  let slots = 0;
  for (const bump of bumps) {
    const batch = batches.at(-1);
    if (batch !== undefined && haveOneNote(batch[0].note, bump.note) && slots + bump.slots.length <= MAX_SLOTS) {
      batch.push(bump);
      slots += bump.slots.length;
    } else {
      batches.push([bump]);
      slots = bump.slots.length;
    }
  }
  return batches.map((batch) => new BumpBatch(batch));
}

function haveOneNote(one: Note | undefined, other: Note | undefined): boolean {
  return one?.description?.origin === other?.description?.origin && one?.traceparent === other?.traceparent;
}
