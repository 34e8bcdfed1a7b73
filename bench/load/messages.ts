import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Milliseconds between two broadcasts. */
export const TICK_INTERVAL = 200;

/** What a node reports, from Larder's metrics. */
export interface NodeFigures {
  readonly hits: number;
  readonly misses: number;
  readonly loads: number;
  readonly tierFailures: number;
  readonly journalLosses: number;
  readonly sockets: number;
  /** The longest lag of the journal, in milliseconds. */
  readonly journalLag: number;
  /** Broadcasts that it sent. */
  readonly sent: number;
}

/** @returns the figures that metrics have */
export function figuresIn(collected: ResourceMetrics): Omit<NodeFigures, 'journalLag' | 'sent'> {
  const sum = (name: string, isMeant: (attributes: Readonly<Record<string, unknown>>) => boolean = () => true) => {
    const found = collected.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .find((each) => each.descriptor.name === name);
    const points = (found?.dataPoints ?? []).filter(({ attributes }) => isMeant(attributes));
    return points.reduce((total, { value }) => total + (typeof value === 'number' ? value : 0), 0);
  };
  const requests = (result: string) =>
    sum('larder.cache.requests', (attributes) => attributes['larder.result'] === result);
  return {
    hits: requests('hit') + requests('stale'),
    misses: requests('miss'),
    loads: sum('larder.cache.loads'),
    tierFailures: sum('larder.shared_tier.failures'),
    journalLosses: sum('larder.journal.losses'),
    sockets: sum('larder.socket.connections'),
  };
}
