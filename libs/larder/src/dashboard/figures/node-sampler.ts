import type { Engine } from '../../cache/engine.js';
import type { ChangeFeed } from '../../change-feed/change-feed.js';
import type { SocketRooms } from '../../nest/socket-rooms.js';
import { InvalidationLog } from '../explain/invalidation-log.js';
import { type NodeAbout, type NodeFigures, PUBLISHED_AS } from './node-figures.js';
import { RecentLatency } from './recent-latency.js';
import { SocketCounts } from './sockets.js';
import { Trend } from './trend.js';

/** Milliseconds between two samples. */
const INTERVAL = 10_000;
const MAX_PUBLISHED_INVALIDATIONS = 20;
const MAX_UNCACHED = 50;
const MAX_REASON = 200;

/**
 * Keeps the last hour of this node, and publishes it in the reports to the others. It reads counts that the cache has anyway:
 * a hit does nothing for it.
 */
export class NodeSampler {
  readonly trend = new Trend();
  readonly invalidations: InvalidationLog;
  readonly #engine: Engine;
  readonly #feed: ChangeFeed;
  readonly #about: NodeAbout;
  readonly #latency = new RecentLatency();
  readonly #sockets: SocketCounts;
  #cancel = () => {};

  constructor(engine: Engine, feed: ChangeFeed, about: NodeAbout, rooms: SocketRooms) {
    this.#engine = engine;
    this.#feed = feed;
    this.#about = about;
    this.#sockets = new SocketCounts(rooms);
    this.invalidations = new InvalidationLog(engine);
    engine.fleet.publishes(PUBLISHED_AS, () => this.figures());
    this.#sampleLater();
  }

  /** What this node publishes. */
  figures(): NodeFigures {
    const { state, lag, position, gaps } = this.#feed.status();
    return {
      about: this.#about,
      latency: this.#latency.percentiles(),
      feed: { state, lag: lag ?? null, gaps: gaps.length, position },
      sockets: this.#sockets.figures(),
      invalidations: this.invalidations.latest.slice(0, MAX_PUBLISHED_INVALIDATIONS),
      uncached: this.#uncached(),
      trend: this.trend.minutes.map(({ methods: _, ...minute }) => minute),
    };
  }

  /** Takes a sample now. */
  sample(): void {
    const { statistics, store, clock, journal } = this.#engine.context;
    const lag = Math.max(0, clock.elapsed() - journal.syncedAt);
    this.#latency.probe(store);
    this.trend.add(
      {
        bytes: store.bytes,
        entries: store.size,
        invalidations: statistics.invalidations,
        evictions: store.evictions,
        journalLag: Number.isFinite(lag) ? lag : journal.syncedAt === Number.POSITIVE_INFINITY ? 0 : null,
        feedLag: this.#feed.status().lag ?? null,
        methods: new Map(statistics.methods()),
      },
      clock.now(),
    );
  }

  close(): void {
    this.#cancel();
    this.#latency.close();
    this.#sockets.close();
    this.invalidations.close();
  }

  #sampleLater(): void {
    this.#cancel = this.#engine.context.clock.after(INTERVAL, () => {
      this.sample();
      this.#sampleLater();
    });
  }

  #uncached(): Readonly<Record<string, string>> {
    const { uncached } = this.#engine.context.statistics;
    const reasons = [...uncached].slice(0, MAX_UNCACHED);
    return Object.fromEntries(reasons.map(([method, reason]) => [method, reason.slice(0, MAX_REASON)]));
  }
}
