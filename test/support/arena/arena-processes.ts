import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { newDataDir } from './arena.js';
import { ArenaProcess } from './arena-process.js';

/** The arenas of one spec, all on one data folder that exists, for fast starts. */
export interface ArenaProcesses {
  readonly dataDir: string;
  start(env?: Readonly<Record<string, string>>): ArenaProcess;
}

/** Stops the arenas after each test, and removes the folder after the last one. */
export function arenaProcesses(): ArenaProcesses {
  let dataDir = '';
  const started: ArenaProcess[] = [];
  beforeAll(async () => {
    dataDir = await newDataDir();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((arena) => arena.stop()));
  });
  afterAll(() => rm(dataDir, { recursive: true }));
  return {
    get dataDir() {
      return dataDir;
    },
    start(env = {}) {
      const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir, ...env });
      started.push(arena);
      return arena;
    },
  };
}
