import { inBatches } from '../../../base/batches.js';
import { sleep } from '../../../base/clock.js';
import { LEASE, type LeaseMessage } from '../../../base/signals/cache-signals.js';
import type { Entry } from '../../entries/entry.js';
import { freshnessOf } from '../../policy/freshness.js';
import type { Policy } from '../../policy/policy.js';
import type { SharedTier } from '../../shared-tier/shared-tier.js';
import type { CacheContext } from '../../state/context.js';
import type { LoadSignal } from '../load-signal.js';
import type { LeaseReply, Loader } from '../loader.js';
import { abandoned, lapses, MAX_POLL_INTERVAL, MIN_POLL_INTERVAL, REMOTE_LOAD_TIMEOUT } from '../tier-loader.js';
import type { Missing } from './batch.js';

/** What a batch does with the keys that are in no tier. */
export interface LeasedBatch {
  readonly policy: Policy;
  readonly loadSignal: LoadSignal;
  /** Loads some keys at once, and ends their leases. */
  readonly load: (missing: readonly Missing[]) => Promise<readonly unknown[]>;
  /** Called with each value as soon as it is there. */
  readonly arrived: (one: Missing, value: unknown) => void;
}

/** The keys of one question to the leases: stored meanwhile, to be loaded here, or being loaded by another process. */
interface Reply {
  readonly found: Missing[];
  readonly granted: Missing[];
  readonly taken: Missing[];
}

/** Divides the keys that a batch must load among processes: this one loads those whose lease it gets, and waits for the rest. */
export class LeasedLoads {
  readonly #context: CacheContext;
  readonly #loader: Loader;

  constructor(context: CacheContext, loader: Loader) {
    this.#context = context;
    this.#loader = loader;
  }

  /** Resolves when all values have arrived. */
  async bring(missing: readonly Missing[], batch: LeasedBatch): Promise<void> {
    const { leases, shared } = this.#context;
    // The lease of a nested load may be held by the load that asked for it.
    const leased = missing.filter(({ flight, isAbsent }) => isAbsent && !flight.isNested);
    const [first] = leased;
    if (leases === undefined || shared === undefined || first === undefined) return this.#load(missing, batch);
    batch.loadSignal.onAbort = () => release(missing);
    const isLapsing = lapses(leases, first.flight, batch.policy);
    // A lease that lapses is still held if its value was stored after this batch looked for it; any other lease is not.
    const { found, granted, taken } = await (isLapsing ? this.#ask(leased) : this.#askAndLook(leased, batch, shared));
    stopIfOver(batch, granted);
    const others = new Set([...found, ...taken]);
    const own = others.size === 0 ? missing : missing.filter((one) => !others.has(one));
    await Promise.all([this.#load(own, batch), this.#wait(taken, isLapsing, batch, shared)]);
  }

  /** The leases of keys whose refresh no other process has begun. */
  async due(missing: readonly Missing[]): Promise<readonly Missing[]> {
    return this.#context.leases === undefined ? missing : (await this.#ask(missing)).granted;
  }

  async #load(missing: readonly Missing[], { arrived, load }: LeasedBatch): Promise<void> {
    if (missing.length === 0) return;
    const values = await load(missing);
    missing.forEach((one, place) => {
      arrived(one, values[place]);
    });
  }

  /** @param mayBeStored whether to look for the values before the first pause */
  async #wait(
    missing: readonly Missing[],
    mayBeStored: boolean,
    batch: LeasedBatch,
    shared: SharedTier,
  ): Promise<void> {
    const { clock, closing, random } = this.#context;
    const began = clock.elapsed();
    const loads: Promise<void>[] = [];
    let rest = missing;
    let pause = mayBeStored ? 0 : MIN_POLL_INTERVAL;
    while (rest.length > 0) {
      if (pause > 0) await sleep(clock, pause * (0.5 + random()));
      // The error of another load is the result of the batch.
      if (batch.loadSignal.hasEnded) return;
      const { found, granted, taken } = await this.#askAndLook(rest, batch, shared);
      stopIfOver(batch, granted);
      const isOver = closing.aborted || clock.elapsed() - began >= REMOTE_LOAD_TIMEOUT;
      const given = isOver ? [...granted, ...taken] : granted;
      if (pause > 0) this.#announce(found, given, clock.elapsed() - began, batch);
      const load = this.#load(given, batch);
      // It may fail before it is awaited.
      load.catch(() => {});
      loads.push(load);
      rest = isOver ? [] : taken;
      pause = Math.min(MAX_POLL_INTERVAL, Math.max(MIN_POLL_INTERVAL, pause * 1.5));
    }
    await Promise.all(loads);
  }

  async #ask(missing: readonly Missing[]): Promise<Reply> {
    const reply: Reply = { found: [], granted: [], taken: [] };
    await inBatches(missing, async (portion) => {
      const replies = await Promise.all(portion.map(({ flight }) => this.#loader.lease(flight)));
      portion.forEach((one, place) => {
        sort(one, replies[place] as LeaseReply, reply);
      });
    });
    return reply;
  }

  async #askAndLook(missing: readonly Missing[], batch: LeasedBatch, shared: SharedTier): Promise<Reply> {
    const reply: Reply = { found: [], granted: [], taken: [] };
    await inBatches(missing, async (portion) => {
      // In this order: the previous holder stores its entry before it releases the lease.
      const [replies, found] = await Promise.all([
        Promise.all(portion.map(({ flight }) => this.#loader.lease(flight))),
        shared.fetch(portion.map(({ flight }) => flight.id)),
      ]);
      const entries = await Promise.all(
        portion.map(({ flight, table }, place) =>
          found === 'unreachable'
            ? undefined
            : shared.admit(flight.id, found[place], batch.policy, table === 'confirmed' ? flight.slots : undefined),
        ),
      );
      portion.forEach((one, place) => {
        const entry = entries[place];
        const answer = replies[place] as LeaseReply;
        if (entry !== undefined && this.#isServable(entry, batch.policy)) {
          if (answer.type === 'granted') void answer.lease?.release();
          reply.found.push(one);
          this.#arrive(one, entry, batch);
        } else sort(one, found === 'unreachable' && answer.type === 'taken' ? UNREACHABLE : answer, reply);
      });
    });
    return reply;
  }

  #arrive(one: Missing, entry: Entry, { arrived, policy }: LeasedBatch): void {
    policy.counters.foundShared(freshnessOf(entry, policy, this.#context.clock.elapsed()) === 'stale');
    arrived(one, this.#loader.arrive(one.flight, entry));
  }

  #isServable(entry: Entry, policy: Policy): boolean {
    const freshness = freshnessOf(entry, policy, this.#context.clock.elapsed());
    return freshness !== 'fallback' && freshness !== 'over';
  }

  #announce(found: readonly Missing[], loaded: readonly Missing[], duration: number, { policy }: LeasedBatch): void {
    if (!LEASE.isHeard) return;
    const send = ({ flight }: Missing, result: LeaseMessage['result']) =>
      LEASE.send({ method: policy.method, id: flight.id, duration, result });
    for (const one of found) send(one, 'found');
    for (const one of loaded) send(one, one.lease === undefined ? 'given-up' : 'granted');
  }
}

const UNREACHABLE: LeaseReply = { type: 'unreachable' };

function sort(one: Missing, answer: LeaseReply, { granted, taken }: Reply): void {
  if (answer.type === 'taken') {
    taken.push(one);
    return;
  }
  one.lease = answer.type === 'granted' ? answer.lease : undefined;
  granted.push(one);
}

function release(missing: readonly Missing[]): void {
  for (const { lease } of missing) void lease?.release();
}

/** @throws if the batch has failed or was given up */
function stopIfOver({ loadSignal }: LeasedBatch, granted: readonly Missing[]): void {
  if (!loadSignal.isAborted && !loadSignal.hasEnded) return;
  release(granted);
  throw abandoned();
}
