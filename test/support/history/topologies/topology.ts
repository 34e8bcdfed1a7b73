import type { Fault } from '../fault.js';

/** The Redis of a history, one server or several, and its faults. */
export interface Topology {
  /** The address of Redis for a node, by its index. */
  urlFor(node: number): string;
  /** How many replicas must acknowledge a write, so that a failover does not lose it. */
  readonly waitReplicas: number;
  serverFaults(nodes: Nodes): readonly Fault[];
  /** The network faults of one node. */
  networkFaultsOf(node: number): readonly Fault[];
  stop(): Promise<void>;
}

/** All nodes, as faults of servers need them. */
export interface Nodes {
  /** Kills all, runs work meanwhile, and starts as many. */
  replaceAll(meanwhile: () => Promise<void>): Promise<void>;
}
