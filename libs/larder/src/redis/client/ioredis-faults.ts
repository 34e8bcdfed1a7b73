import type { Cluster, Redis } from 'ioredis';
import { ClientFaults, placeOfNode, secretsAmong } from './faults.js';

type Client = Redis | Cluster;

/** Listens to a client of ioredis. Without a listener, a failing connection would end the process. */
export function faultsOf(client: Client): ClientFaults {
  const faults = new ClientFaults({
    where: placeOf(client),
    secrets: secretsOf(client),
    isSecure: isSecure(client),
    status: () => client.status,
  });
  client.on('error', (error) => faults.note(error));
  client.on('node error', (error) => faults.note(error));
  client.on('close', () => faults.noteClose());
  client.on('ready', () => faults.clear());
  return faults;
}

function isSecure(client: Client): boolean {
  const { tls } = client.isCluster ? ((client as Cluster).options.redisOptions ?? {}) : (client as Redis).options;
  return tls !== undefined && tls !== null;
}

function placeOf(client: Client): string {
  if (client.isCluster) {
    const nodes = (client as unknown as { startupNodes: readonly unknown[] }).startupNodes;
    return nodes.map(placeOfNode).join(', ');
  }
  const { host, port, path, sentinels, name } = (client as Redis).options;
  if (sentinels) return `${name} of the Sentinels ${sentinels.map(placeOfNode).join(', ')}`;
  return path ?? `${host}:${port}`;
}

function secretsOf(client: Client): readonly string[] {
  const { password, sentinelPassword } = client.isCluster
    ? ((client as Cluster).options.redisOptions ?? {})
    : (client as Redis).options;
  return secretsAmong([password, sentinelPassword]);
}
