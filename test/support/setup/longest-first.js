import TestSequencer from '@jest/test-sequencer';

/** The slowest specs, which must begin first, so that two workers end at about the same time. Measured now and then. */
const LONGEST = [
  'browser/app-pages-axe.spec.ts',
  'e2e/fleet/integrations.spec.ts',
  'e2e/embedded-server.spec.ts',
  'warming/replayed-week.spec.ts',
  'e2e/first-start.spec.ts',
  'e2e/process.spec.ts',
  'integration/jobs/jobs-fleet.spec.ts',
  'integration/jobs/jobs-recovery.spec.ts',
  'integration/jobs/jobs-cluster.spec.ts',
  'e2e/fleet/without-redis.spec.ts',
  'integration/redis/history.spec.ts',
  'integration/realtime/classic.spec.ts',
  'integration/realtime/sharded.spec.ts',
  'integration/realtime/streams.spec.ts',
  'integration/jobs/counters-chaos.spec.ts',
  'integration/postgres/recovery.spec.ts',
  'integration/dependencies/own-writes.spec.ts',
  'integration/dependencies/depends-on.spec.ts',
  'e2e/database-limits.spec.ts',
  'e2e/fleet/faults.spec.ts',
  'e2e/fleet/production.spec.ts',
  'e2e/working-day.spec.ts',
  'e2e/integrations.spec.ts',
  'browser/live.spec.ts',
  'browser/connecting.spec.ts',
  'e2e/fleet/on-cluster.spec.ts',
  'e2e/fleet/on-redis.spec.ts',
  'e2e/fleet/on-sentinel.spec.ts',
  'e2e/admin.spec.ts',
];

/** Orders specs as Jest does, by its own measurements, except that on a new machine too the longest come first. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONGEST.findIndex((spec) => path.endsWith(spec));
      return index === -1 ? LONGEST.length : index;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
