import { LarderRedisError } from '../../base/errors.js';
import { textOf } from '../client/faults.js';
import { withTimeout } from '../command-timeout.js';
import type { ServerOptions } from './given-client.js';
import type { Library, SingleClient } from './library.js';
import { destroy, sendBy, type Transport } from './transport.js';

/** How long a Sentinel may take to connect and to answer, in milliseconds. */
const SENTINEL_TIMEOUT = 1000;

/** Where a server is. */
interface Place {
  readonly host: string;
  readonly port: number;
}

interface SentinelSource extends Pick<Library, 'createClient'> {
  /** Of the master. */
  readonly name: string;
  readonly sentinels: readonly ServerOptions[];
  openMaster(socket: Place): SingleClient;
}

/**
 * Connects once to the master that the Sentinels name. node-redis's own client for Sentinels is not used: it sends commands again
 * after a failover, and cannot be copied.
 */
export function sentinelTransport({ name, sentinels, createClient, openMaster }: SentinelSource): Transport {
  let master: SingleClient | undefined;
  let onError = (_: unknown) => {};
  const connected = () => {
    if (master === undefined) throw new LarderRedisError('unavailable', `No master of ${name} is connected`);
    return master;
  };
  return {
    connect: async () => {
      const asked = sentinels.map((sentinel) => placeFrom(createClient(clientOptions(sentinel)), name));
      const place = await Promise.any(asked).catch((error: AggregateError) => {
        const reasons = [...new Set(error.errors.map(textOf))].join('; ');
        throw new LarderRedisError('unavailable', `the Sentinels name no master: ${reasons}`);
      });
      master = openMaster(place);
      master.on('error', (error) => onError(error));
      await master.connect();
      const [, role] = /^role:(\w+)/m.exec(`${await sendBy(master, 'INFO', ['replication'])}`) ?? [];
      // A Sentinel that has not heard of a failover names the server that was the master before it.
      if (role !== 'master') throw new LarderRedisError('unavailable', `${place.host}:${place.port} is a ${role}`);
    },
    onError: (listener) => {
      onError = listener;
    },
    send: (command, args) => sendBy(connected(), command, args),
    masters: () => (master === undefined ? [] : [master]),
    masterOf: async () => connected(),
    destroy: () => {
      if (master !== undefined) destroy(master);
    },
  };
}

function clientOptions({ socket, ...access }: ServerOptions): object {
  const connectOnce = { reconnectStrategy: false, connectTimeout: SENTINEL_TIMEOUT, socketTimeout: SENTINEL_TIMEOUT };
  return { ...access, RESP: 2, maintNotifications: 'disabled', socket: { ...socket, ...connectOnce } };
}

/** Where a Sentinel says that the master is. */
async function placeFrom(sentinel: SingleClient, name: string): Promise<Place> {
  // `connect` rejects with the same error.
  sentinel.on('error', () => {});
  const connecting = sentinel.connect();
  const asking = connecting.then(() => sendBy(sentinel, 'SENTINEL', ['GET-MASTER-ADDR-BY-NAME', name]));
  try {
    const reply = (await withTimeout(asking, SENTINEL_TIMEOUT, 'Asking a Sentinel')) as [Buffer, Buffer] | null;
    if (reply === null) throw new LarderRedisError('unavailable', `no master has the name ${name}`);
    return { host: `${reply[0]}`, port: Number(`${reply[1]}`) };
  } finally {
    const end = () => destroy(sentinel);
    // A client that is destroyed while it connects would open its socket afterwards.
    connecting.then(end, end);
  }
}
