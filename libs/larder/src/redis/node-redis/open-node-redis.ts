import { LarderRedisError } from '../../base/errors.js';
import type { RedisAddress } from '../address.js';
import { ClientFaults, type FaultyClient, placeOfNode, secretsAmong } from '../client/faults.js';
import { withTimeout } from '../command-timeout.js';
import type { Connection, DedicatedClient, OpenRedis } from '../connection.js';
import { parseRedisUrl } from '../redis-url.js';
import {
  defaultsOf,
  isNodeRedis,
  type NodeRedisSettings,
  passwordOf,
  placeOf,
  serversOf,
  settingsOf,
} from './given-client.js';
import {
  type ClusterClient,
  clusterOptions,
  type Library,
  loadLibrary,
  type SingleClient,
  serverOptions,
  settingsFor,
} from './library.js';
import { sentinelTransport } from './sentinel.js';
import { named, Session } from './session.js';
import { Sessions } from './sessions.js';
import { clusterTransport, destroy, sendBy, singleTransport, type Transport } from './transport.js';

/** How long a connection of its own may take to open, in milliseconds. */
const CONNECT_TIMEOUT = 2500;

/**
 * Opens Redis by node-redis, 5.12 or later, or 6; resolves before the connection, also while Redis is unavailable. Opens copies
 * of a client of the application: its state and options do not affect Larder.
 *
 * @param socketTimeout milliseconds without a reply after which a connection is replaced
 * @throws LarderOptionsError if node-redis is not installed
 */
export async function openNodeRedis(address: RedisAddress, socketTimeout: number): Promise<OpenRedis> {
  const { settings, open } = await sourceOf(address, socketTimeout);
  const isCluster = settings.kind === 'cluster';
  const about = aboutClient(settings);
  const faults = new ClientFaults({ ...about, status: () => sessions.status });
  const sessions: Sessions = new Sessions({
    open: () => new Session(open(), socketTimeout, (error) => faults.note(error), isCluster),
    faults,
    servesWithFaults: isCluster,
    drainTimeout: socketTimeout,
  });
  return {
    isCluster,
    faults,
    get status() {
      return sessions.status;
    },
    connection: {
      call: (command, ...args) => {
        try {
          return sessions.current.call(command, ...args);
        } catch (error) {
          return Promise.reject(error);
        }
      },
    },
    masters: () => sessions.current.masters(),
    dedicate: async (key) => {
      const master = await sessions.current.masterOf(key);
      const given = (master as { options?: object }).options ?? {};
      return dedicated(master.duplicate(serverOptions(given, socketTimeout)), about);
    },
    reconnect: () => {
      if (!isCluster && sessions.status === 'ready') sessions.current.end();
    },
    close: () => sessions.close(),
  };
}

interface Source {
  readonly settings: NodeRedisSettings;
  /** Another client with Larder's options. */
  open(): Transport;
}

async function sourceOf(address: RedisAddress, pingInterval: number): Promise<Source> {
  const given = isNodeRedis(address) ? address : undefined;
  const settings = given === undefined ? settingsFor(parseRedisUrl(address as string)) : settingsOf(given);
  if (settings === undefined) throw new TypeError('The address was not checked');
  const library = given === undefined ? await loadLibrary() : undefined;
  if (settings.kind === 'sentinel') {
    const { name, sentinels, ...ofMaster } = settings.options;
    const { createClient } = library as Library;
    const openMaster = (socket: object) =>
      createClient({ ...ofMaster, ...serverOptions({ socket: { ...ofMaster.socket, ...socket } }, pingInterval) });
    return { settings, open: () => sentinelTransport({ name, sentinels, createClient, openMaster }) };
  }
  if (settings.kind === 'single') {
    const options = serverOptions(settings.options, pingInterval);
    const open = () =>
      library?.createClient({ ...settings.options, ...options }) ??
      (given as unknown as SingleClient).duplicate(options);
    return { settings, open: () => singleTransport(open()) };
  }
  const options = clusterOptions(settings.options, pingInterval);
  const open = () =>
    library?.createCluster({ ...settings.options, ...options }) ??
    (given as unknown as ClusterClient).duplicate(options);
  return { settings, open: () => clusterTransport(open()) };
}

/** What error messages need to know of a client. */
function aboutClient(settings: NodeRedisSettings): Omit<FaultyClient, 'status'> {
  const servers = serversOf(settings);
  const all = [...servers, ...defaultsOf(settings)];
  const where = servers.map((server) => {
    const place = placeOf(server);
    return place.path ?? placeOfNode(place);
  });
  const places = where.join(', ');
  return {
    where: settings.kind === 'sentinel' ? `${settings.options.name} of the Sentinels ${places}` : places,
    secrets: secretsAmong(all.map(passwordOf)),
    isSecure: all.some(({ url, socket }) => socket?.tls === true || url?.startsWith('rediss:')),
  };
}

function dedicated(client: SingleClient, about: Omit<FaultyClient, 'status'>): DedicatedClient {
  const faults = new ClientFaults({ ...about, status: () => (client.isReady ? 'ready' : 'connecting') });
  client.on('error', (error) => faults.note(error));
  let connecting: Promise<unknown> | undefined;
  let isClosed = false;
  const connection: Connection = {
    call: async (command, ...args) => {
      if (isClosed) throw new LarderRedisError('unavailable', 'The connection to Redis was closed');
      connecting ??= client.connect();
      await withTimeout(connecting, CONNECT_TIMEOUT, 'Connecting');
      return sendBy(client, command, args).catch((error) => {
        throw named(error);
      });
    },
  };
  const close = () => {
    isClosed = true;
    const end = () => destroy(client);
    // A client that is destroyed while it connects would open its socket afterwards.
    if (connecting === undefined) end();
    else connecting.then(end, end);
  };
  return { connection, faults, close };
}
