import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Flags } from '../flags/flags.js';
import { endpointOf } from '../redis/address.js';
import { connected, openRedis } from '../redis/connect.js';
import { RedisAccess } from '../redis/redis-client.js';
import { SharedRedis } from '../redis/shared-redis.js';
import { risksOfEndpoint, risksOfFlags, risksOfServer, risksOfToken } from './production-risks.js';

/** How long a connection may take that only looks, in milliseconds. */
const CONNECT = 2000;

const WITHOUT_REDIS = 'Redis is switched off: each process has a cache, jobs and sockets of its own; run a single one';

/** Says once, when the application starts, what whoever runs it should know about how it was set up. */
@Injectable()
export class StartCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('Larder');

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
    }
  }

  private async risks(): Promise<readonly string[]> {
    const found = await Promise.all([
      risksOfFlags(this.flags),
      risksOfToken(process.env.LARDER_ADMIN_TOKEN),
      this.risksOfRedis(),
    ]);
    return found.flat();
  }

  private async risksOfRedis(): Promise<string[]> {
    const { address, deadline } = this.redis;
    if (address === undefined) return this.redis.isOff ? [WITHOUT_REDIS] : [];
    const redis = await openRedis(address, CONNECT);
    const access = new RedisAccess(redis, Math.max(deadline, 1000));
    try {
      await connected(redis, CONNECT);
      const ofServers = await Promise.all(access.masters().map(risksOfServer));
      return [...(await risksOfEndpoint(endpointOf(address))), ...new Set(ofServers.flat())];
    } catch (error) {
      return [`How Redis is set up could not be looked at: ${error instanceof Error ? error.message : error}`];
    } finally {
      access.close();
    }
  }
}
