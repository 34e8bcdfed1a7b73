import type { Fault } from '../fault.js';

/** The Redis of a history: one server or several, and what can go wrong with them. */
export interface Topology {
  /** Where a node, by its index, finds it. */
  urlFor(node: number): string;
  /** How many replicas must have what was acknowledged, so that a failover does not lose it. */
  readonly waitReplicas: number;
  serverFaults(nodes: Nodes): readonly Fault[];
  /** What can go wrong on the way of one node. */
  networkFaultsOf(node: number): readonly Fault[];
  stop(): Promise<void>;
}

/** All nodes, as far as faults of servers concern them. */
export interface Nodes {
  /** Kills all, waits for what happens meanwhile, and starts as many. */
  replaceAll(meanwhile: () => Promise<void>): Promise<void>;
}
