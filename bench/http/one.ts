import 'reflect-metadata';
import { type Platform, SERVERS, type ServerName } from './servers.js';
import { pageOf } from './tournaments.js';

// One of the compared servers, in a process of its own.

const [name, platform, items, redis] = process.argv.slice(2) as [ServerName, Platform, string, string];
process.send?.(await SERVERS[name](platform, { page: pageOf(Number(items)), redis }));

// The processor time used so far, in microseconds.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
