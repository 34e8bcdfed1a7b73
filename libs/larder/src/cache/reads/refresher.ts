import { idOf } from '../../keys/key.js';
import type { Entry } from '../entries/entry.js';
import { freshnessOf } from '../policy/freshness.js';
import type { Policy } from '../policy/policy.js';
import type { Lease } from '../shared-tier/leases.js';
import type { CacheContext } from '../state/context.js';
import type { Flight } from '../state/flight.js';
import { newFlight } from '../state/new-flight.js';
import { ReadRequest } from '../state/read-request.js';
import { withinHardTimeout } from './hard-timeout.js';
import { LoadSignal } from './load-signal.js';
import type { Loader } from './loader.js';

/** The pause after a failed refresh before the next one of its key, in milliseconds. */
const RETRY_DELAY = 1000;

/** The result of a refresh. */
export type Refreshed = 'found' | 'loaded' | 'unstored' | 'under way';

/** Refreshes values in the background: in one process for all, and one refresh per key at a time. */
export class Refresher {
  readonly #context: CacheContext;
  readonly #loader: Loader;
  /** Ids that are being refreshed, or that pause after a failure. */
  readonly #busy = new Set<string>();

  constructor(context: CacheContext, loader: Loader) {
    this.#context = context;
    this.#loader = loader;
  }

  /**
   * Resolves with whether there is a new value: not if a load is already running, here or elsewhere, or if the load fails,
   * which is reported. Never rejects.
   *
   * @param isNew whether an entry that another process stored makes a load unnecessary
   */
  async refresh({ path, load, policy }: ReadRequest, isNew = this.#isFresh(policy)): Promise<boolean> {
    const id = idOf(path);
    const { chain, clock, report } = this.#context;
    if (this.#busy.has(id)) return false;
    this.#busy.add(id);
    try {
      // The caller already has its value, and its request must not change any more.
      const background = new ReadRequest(path, load, policy);
      const refreshed = await chain.detach(() => this.bring(background, isNew));
      this.#busy.delete(id);
      return refreshed !== 'under way';
    } catch (error) {
      report({ type: 'load-failed', id, method: policy.method, error });
      clock.after(RETRY_DELAY, () => this.#busy.delete(id));
      return false;
    }
  }

  /**
   * Gets a value: `found` in the shared tier, `loaded`, `unstored` because of what ran beside its load or because its queries were new, so
   * that another load may be stored, or `under way` because another load is running.
   *
   * @throws any error of the load
   */
  async bring(request: ReadRequest, isNew = this.#isFresh(request.policy)): Promise<Refreshed> {
    const { chain, clock, flights, shared } = this.#context;
    const { path, policy } = request;
    if (flights.of(idOf(path)) !== undefined) return 'under way';
    const flight = newFlight(this.#context, path, policy, true);
    chain.note(flight);
    if (!policy.isShared || !shared?.isUsable) return this.#load(flight, request);
    const [reply, found] = await Promise.all([this.#loader.lease(flight), shared.fetch([flight.id])]);
    const entry = found === 'unreachable' ? undefined : await shared.admit(flight.id, found[0], policy);
    const lease = reply.type === 'granted' ? reply.lease : undefined;
    if (entry !== undefined && isNew(entry)) {
      void lease?.release();
      return 'found';
    }
    if (reply.type === 'taken') return 'under way';
    flight.restart(this.#context.table.sequence, clock.elapsed());
    return this.#load(flight, request, lease);
  }

  #isFresh(policy: Policy): (entry: Entry) => boolean {
    return (entry) => freshnessOf(entry, policy, this.#context.clock.elapsed()) === 'fresh';
  }

  async #load(flight: Flight, request: ReadRequest, lease?: Lease): Promise<Refreshed> {
    const loadSignal = new LoadSignal(this.#context.closing);
    const loaded = this.#loader.load(flight, request, loadSignal, lease);
    const value = withinHardTimeout(this.#context, [flight], loadSignal, request.policy, loaded);
    flight.resolvesLike(value);
    this.#context.flights.begin(flight);
    await value;
    const { passes, slots, stamp } = flight;
    const mayBeStored = passes === 'with this load' || passes === 'perhaps';
    return mayBeStored || !this.#context.table.unchangedSince(stamp, slots) ? 'unstored' : 'loaded';
  }
}
