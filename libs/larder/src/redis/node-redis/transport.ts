import { LarderRedisError } from '../../base/errors.js';
import type { Argument } from '../connection.js';
import { type ClusterClient, COMMAND_OPTIONS, type SingleClient, type Wire } from './library.js';
import { routingKeyOf } from './routing-key.js';

/** A client of node-redis, for one server or for a cluster, that connects once. */
export interface Transport {
  /** Resolves when commands can be sent; rejects with the reason otherwise. */
  connect(): Promise<unknown>;
  onError(listener: (error: unknown) => void): void;
  send(command: string, args: readonly Argument[]): Promise<unknown>;
  masters(): readonly SingleClient[];
  /** The client of the master that has a key. */
  masterOf(key: string): Promise<SingleClient>;
  destroy(): void;
}

export function singleTransport(client: SingleClient): Transport {
  return {
    connect: () => client.connect(),
    onError: (listener) => client.on('error', listener),
    send: (command, args) => sendBy(client, command, args),
    masters: () => [client],
    masterOf: async () => client,
    destroy: () => destroy(client),
  };
}

export function clusterTransport(cluster: ClusterClient): Transport {
  const masters = () => cluster.masters.flatMap(({ client }) => client ?? []);
  const anyMaster = () => {
    const ready = masters().filter(({ isReady }) => isReady);
    const client = ready[Math.floor(Math.random() * ready.length)];
    if (client === undefined) throw new LarderRedisError('unavailable', 'No master of the cluster is connected');
    return client;
  };
  return {
    connect: () => cluster.connect(),
    onError: (listener) => {
      cluster.on('error', listener);
      cluster.on('node-error', listener);
    },
    send: async (command, args) => {
      const key = routingKeyOf(command, args);
      if (key === undefined) return sendBy(anyMaster(), command, args);
      return cluster.sendCommand(wireOf(key), false, wireOfCommand(command, args), COMMAND_OPTIONS);
    },
    masters,
    masterOf: async (key) => {
      const slot = Number(await sendBy(anyMaster(), 'CLUSTER', ['KEYSLOT', key]));
      const client = cluster.slots[slot]?.master.client;
      if (client === undefined) {
        throw new LarderRedisError('unavailable', `No master of the cluster is connected for ${key}`);
      }
      return client;
    },
    destroy: () => {
      // One that has ended makes version 5 leave the others open.
      for (const client of masters()) destroy(client);
      destroy(cluster);
    },
  };
}

/** Sends a command over one connection. */
export function sendBy(client: SingleClient, command: string, args: readonly Argument[]): Promise<unknown> {
  return client.sendCommand(wireOfCommand(command, args), COMMAND_OPTIONS);
}

/** Ends a client in every state; version 5 throws if it has ended. */
export function destroy(client: { destroy(): void }): void {
  try {
    client.destroy();
  } catch {}
}

function wireOfCommand(command: string, args: readonly Argument[]): Wire[] {
  const wire: Wire[] = [command];
  for (const argument of args) wire.push(wireOf(argument));
  return wire;
}

function wireOf(argument: Argument): Wire {
  return typeof argument === 'number' ? `${argument}` : argument;
}
