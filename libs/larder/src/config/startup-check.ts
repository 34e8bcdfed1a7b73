import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { messageOf } from '../base/errors.js';
import { Flags } from '../flags/flags.js';
import { endpointOf, type RedisAddress } from '../redis/address.js';
import { connected, openRedis } from '../redis/connect.js';
import { RedisClient } from '../redis/redis-client.js';
import { SharedRedis } from '../redis/shared-redis.js';

/** Timeout of the connection that reads the configuration of Redis, in milliseconds. */
const CONNECT_TIMEOUT = 2000;

const WITHOUT_REDIS = 'Redis is switched off: each process has a cache, jobs and sockets of its own; run a single one';

/** Logs risks of the configuration once, when the application starts. */
@Injectable()
export class StartupCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Larder');
  private looking: RedisClient | undefined;

  constructor(
    private readonly redis: SharedRedis,
    private readonly flags: Flags,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (process.env.NODE_ENV === 'production') {
      const risks = await this.risks();
      if (risks.length > 0) this.logger.warn(`Risky in production:${risks.map((risk) => `\n  - ${risk}`).join('')}`);
    } else if (this.redis.address === undefined && !this.redis.isOff) {
      this.logger.warn('LARDER_REDIS_URL is not set: everything stays in the memory of this process.');
    } else if (this.redis.address !== undefined) {
      // Not awaited: outside production, an unavailable Redis does not delay the start.
      void this.warnOfServers(this.redis.address);
    }
  }

  onApplicationShutdown(): void {
    this.looking?.close();
  }

  private async warnOfServers(address: RedisAddress): Promise<void> {
    const risks = await this.lookAt(address, serverRisks).catch(() => []);
    for (const risk of risks) this.logger.warn(risk);
  }

  private async risks(): Promise<readonly string[]> {
    const { risksOfFlags, risksOfToken } = await loadRisks();
    const found = await Promise.all([
      risksOfFlags(this.flags),
      risksOfToken(process.env.LARDER_ADMIN_TOKEN),
      this.risksOfRedis(),
    ]);
    return found.flat();
  }

  private async risksOfRedis(): Promise<string[]> {
    const { address } = this.redis;
    if (address === undefined) return this.redis.isOff ? [WITHOUT_REDIS] : [];
    try {
      const ofServers = await this.lookAt(address, serverRisks);
      const { risksOfEndpoint } = await loadRisks();
      return [...(await risksOfEndpoint(endpointOf(address))), ...ofServers];
    } catch (error) {
      return [`The configuration of Redis could not be checked: ${messageOf(error)}`];
    }
  }

  /** Runs `work` on a connection of its own, and closes it afterwards or with the application. */
  private async lookAt<T>(address: RedisAddress, work: (redis: RedisClient) => Promise<T>): Promise<T> {
    const redis = await openRedis(address, CONNECT_TIMEOUT);
    const access = new RedisClient(redis, Math.max(this.redis.timeout, 1000));
    this.looking = access;
    try {
      await connected(redis, CONNECT_TIMEOUT);
      return await work(access);
    } finally {
      access.close();
    }
  }
}

/** Loaded on demand: a process without Redis looks for risks in production only. */
function loadRisks(): Promise<typeof import('./production-risks.js')> {
  return import('./production-risks.js');
}

/** The risks of all masters, without duplicates. */
async function serverRisks(redis: RedisClient): Promise<string[]> {
  const { risksOfServer } = await loadRisks();
  const ofServers = await Promise.all(redis.masters().map(risksOfServer));
  return [...new Set(ofServers.flat())];
}
