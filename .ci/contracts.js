// Runs the contracts of everything that uses Redis against the server at an address, with each client library:
// `npm run contracts -- --redis redis://127.0.0.1:6379`. They leave keys with random prefixes there: give it a server of its own.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';

const { redis } = parseArgs({ options: { redis: { type: 'string' } } }).values;
if (redis === undefined) {
  console.error('Missing --redis; expected an address, such as redis://127.0.0.1:6379.');
  process.exit(2);
}
const client = new Redis(redis, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
client.on('error', () => {});
try {
  await client.connect();
  const lines = (await client.info('server'))
    .split('\r\n')
    .filter((line) => /^(server_name|\w+_version|os):/.test(line));
  console.log(lines.join('\n'));
} catch (error) {
  console.error(`Cannot connect to ${redis}: ${error}. Check that the server runs there.`);
  process.exit(1);
} finally {
  client.disconnect();
}
const specs = ['test/contracts/redis.spec.ts', 'test/contracts/node-redis.spec.ts'];
const { status } = spawnSync('npm', ['run', '--silent', 'jest', '--', '-w', '1', ...specs], {
  stdio: 'inherit',
  env: { ...process.env, LARDER_TEST_REDIS_URL: redis },
});
process.exitCode = status ?? 1;
