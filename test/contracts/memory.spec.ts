import { VersionTable } from '../../libs/larder/src/cache/versions.js';
import { MemoryJournal } from '../../libs/larder/src/invalidation/memory-journal.js';
import { FakeClock } from '../../libs/larder/src/testing/fake-clock.js';
import { MemoryStore } from '../../libs/larder/src/tiers/memory-store.js';
import { journalContract } from './journal.js';
import { storeContract } from './store.js';

storeContract('memory', (bounds) => new MemoryStore(bounds));

journalContract('memory', async () => {
  const table = new VersionTable(16);
  return { table, journal: new MemoryJournal(table, new FakeClock()) };
});
