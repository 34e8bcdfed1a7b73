import { expect, it } from '@jest/globals';
import { JobFleet } from '../../support/jobs/job-fleet.js';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { until } from '../../support/until.js';

it('jobs continue after the master that stores their ticks is killed', async () => {
  const [cluster, lines] = await Promise.all([RedisCluster.start(), RedisServer.start()]);
  const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`);
  const fleet = new JobFleet(lines, `redis+cluster://${nodes}`);
  try {
    await fleet.start(Array.from({ length: 20 }, (_, n) => ({ name: `job-${n}`, every: 500, takes: 0 })));
    await until(async () => (await fleet.lines()).length > 100);
    await cluster.failOver('{larder}:jobs');
    const before = (await fleet.lines()).length;
    await until(async () => (await fleet.lines()).length > before + 100, 60_000);
    expect(fleet.output).not.toMatch(/unhandled|uncaught/i);
  } finally {
    await fleet.end();
    await Promise.all([cluster.stop(), lines.stop()]);
  }
}, 120_000);
