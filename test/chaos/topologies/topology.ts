import type { Fault } from '../fault.js';

/** The Redis of a history: one server or several, and what can go wrong with them. */
export interface Topology {
  /** Where a node, by its index, finds it. */
  urlFor(node: number): string;
  /** How many replicas must have what was acknowledged, so that a failover does not lose it. */
  readonly waitReplicas: number;
  readonly serverFaults: readonly Fault[];
  /** What can go wrong on the way of one node. */
  networkFaultsOf(node: number): readonly Fault[];
  stop(): Promise<void>;
}
