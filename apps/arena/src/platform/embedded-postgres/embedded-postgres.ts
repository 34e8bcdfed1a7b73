import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Client, ClientConfig } from 'pg';
import { type Progress, silently } from '../lifecycle/progress.js';
import { StartProblem } from '../lifecycle/start-problem.js';
import { makeCluster, removeUnfinished, SERVER_LOGIN } from './cluster.js';
import { launch } from './launch.js';
import { ownerSession, ServerTaken } from './owner-session.js';
import { findPostmaster, type Postmaster, stopPostmaster } from './postmaster.js';
import { clusterOf, findServerHome, logFileOf, passwordFileOf, type ServerHome } from './server-home.js';

/** How long a server may take to answer, recovery from a crash included, in milliseconds. */
const ANSWER_TIMEOUT = 60_000;
const POLL_INTERVAL = 25;
/** Attempts to launch: another program may take the free port before the server does. */
const LAUNCHES = 3;

/** A PostgreSQL server that belongs to this arena, on data in its data folder. */
export class EmbeddedPostgres {
  private constructor(
    /** How to connect to it. */
    readonly connection: ClientConfig,
    private readonly folder: string,
    private readonly postmaster: Postmaster,
    private readonly owner: Client,
  ) {
    owner.on('error', this.warn);
  }

  /**
   * Starts the server of a data folder, or takes over the server of an arena that was killed. Creates the database at the first
   * start.
   *
   * @param meanwhile called when this process begins to wait for others, at least at the first start
   * @throws StartProblem if another arena uses the folder, or the server cannot start
   */
  static async start(
    dataDir: string,
    progress: Progress = silently,
    meanwhile: () => void = () => {},
  ): Promise<EmbeddedPostgres> {
    const home = await findServerHome(dataDir);
    const folder = await makeCluster(home, progress, meanwhile);
    const password = await readFile(passwordFileOf(folder), 'utf8').catch((error: Error) => {
      throw wrongFolder(dataDir, `a folder that this user may read (${error.message})`);
    });
    try {
      const { connection, postmaster, owner } = await runningServer(folder, home, password);
      await removeUnfinished(home);
      return new EmbeddedPostgres(connection, folder, postmaster, owner);
    } catch (error) {
      if (!(error instanceof ServerTaken)) throw error;
      throw wrongFolder(dataDir, 'a folder that no other arena is using at this time');
    }
  }

  /** Shuts the server down cleanly. */
  async stop(): Promise<void> {
    // The owner's session ends with the server, not before: no other arena may take over a server that is about to stop.
    this.owner.off('error', this.warn);
    await stopPostmaster(clusterOf(this.folder), this.postmaster);
    await this.owner.end();
  }

  private readonly warn = () => {
    new Logger(EmbeddedPostgres.name).error(
      `The embedded PostgreSQL has ended. See its log: ${logFileOf(this.folder)}`,
    );
  };
}

async function runningServer(folder: string, home: ServerHome, password: string) {
  const deadline = Date.now() + ANSWER_TIMEOUT;
  let launched: ChildProcess | undefined;
  for (let launches = 0; Date.now() < deadline; await delay(POLL_INTERVAL)) {
    const postmaster = await findPostmaster(clusterOf(folder));
    if (postmaster) {
      const connection = connectionTo(postmaster.port, password);
      const owner = await ownerSession(connection);
      if (owner) return { connection, postmaster, owner };
    } else if (launched === undefined || hasEnded(launched)) {
      if (launches++ === LAUNCHES) break;
      launched = await launch(folder, home);
    }
  }
  const log = logFileOf(folder);
  throw new StartProblem([
    `The embedded PostgreSQL does not start. The end of its log (${log}):\n${await lastWords(log)}`,
  ]);
}

function connectionTo(port: number, password: string): ClientConfig {
  return { host: '127.0.0.1', port, user: SERVER_LOGIN, password, database: 'postgres', ssl: false };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function lastWords(logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return log.trim().split('\n').slice(-5).join('\n');
}

function wrongFolder(dataDir: string, takes: string): StartProblem {
  return new StartProblem([`invalid ARENA_DATA_DIR: got '${dataDir}', expected ${takes}`]);
}
