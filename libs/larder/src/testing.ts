export { ChaosJournal, ChaosTier } from './testing/chaos.js';
export { codecContract } from './testing/codec-contract.js';
export type { Check } from './testing/contract.js';
export { FakeClock } from './testing/fake-clock.js';
export { type JournalUnderTest, journalContract } from './testing/journal-contract.js';
export { leasesContract } from './testing/leases-contract.js';
export { MemoryLeases, MemoryTier } from './testing/memory-tier.js';
export { entryOf, type StoreBounds, storeContract } from './testing/store-contract.js';
export { tierContract } from './testing/tier-contract.js';
