import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const folder = join(import.meta.dirname, '.examples');

/** What examples in docstrings assume: they show one call, not a file. */
const PRELUDE = `
import { Body, Controller, Get, type INestApplication, Injectable, Module, type OnApplicationBootstrap, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import {
  Cache, Cacheable, CacheableBatch, CacheInvalidate, CacheName, CacheWriteThrough, consistencyOf, createCache, defineKeys, describeCaching, FlagGate, type Flags, LarderModule, type JournalFactory, type LarderOptions, userKey,
} from 'nest-larder';
import { type Cache as TextCache, CacheInterceptor, CacheKey, CacheModule, CacheScope, CacheTTL } from 'nest-larder/compat';
import { sql } from 'drizzle-orm';
import { type Client, Pool } from 'pg';
import { ChangeFeed, installTriggers, markWrite, onTable, writeMark } from 'nest-larder/change-feed';
import { ChaosJournal, type JournalUnderTest, journalContract } from 'nest-larder/testing';
import { LiveClient } from 'nest-larder/client';
import { LarderHealth } from 'nest-larder/health';
import { listen } from 'nest-larder/observability';
import { currentTraceparent, LarderMetrics, LarderTracing, meterCache, meterPool, traceCache, traceTransaction } from 'nest-larder/opentelemetry';
import { Broadcaster, RedisIoAdapter } from 'nest-larder/realtime';
import { io } from 'socket.io-client';
declare const token: string;
type Tournament = { id: string; name: string };
type TournamentChange = { name: string };
type Notification = { id: string };
type NewNotification = { userId: string };
declare const cache: Cache;
declare const flags: Flags;
declare const store: TextCache;
declare const id: string;
declare const name: string;
declare const client: Client;
declare const transaction: { execute(query: ReturnType<typeof sql>): Promise<unknown> };
declare const ids: readonly string[];
declare const database: {
  findTournament(id: string): Promise<Tournament>;
  findTournaments(ids: readonly string[]): Promise<readonly (Tournament | undefined)[]>;
  updateTournament(id: string, change: TournamentChange): Promise<Tournament>;
  addNotification(notice: NewNotification): Promise<Notification>;
  transaction<T>(work: () => Promise<T>): Promise<T>;
};
declare const change: TournamentChange;
declare function transferTicket(): Promise<void>;
declare const journalFactory: JournalFactory;
declare function makeJournal(): Promise<JournalUnderTest>;
declare function it(name: string, run: () => Promise<void>): void;
declare function fetchRates(currency: string): Promise<number>;
import { type Counter, defineCounter, defineDeadline, Job, type JobContext, Jobs, connectToRedis, OncePerFleet, runBatch } from 'nest-larder/jobs';
declare const views: Counter;
declare function saveViews(id: string, counts: Map<string, number>): Promise<void>;
declare function closeOffers(ids: string[]): Promise<void>;
declare const accounts: { name: string; refresh(): Promise<string> }[];
declare const app: INestApplication;
declare const config: OpenAPIObject;
declare class SettingsModule {}
declare class Settings { cache: LarderOptions }
`;

interface Example {
  readonly place: string;
  readonly code: string;
}

async function filesBelow(path: string, ending: string): Promise<string[]> {
  const names = await readdir(join(root, path), { recursive: true });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(path, name));
}

async function examplesOfPages(): Promise<Example[]> {
  const pages = ['README.md', 'libs/larder/README.md', ...(await filesBelow('docs', '.md'))];
  const found = await Promise.all(
    pages.map(async (page) => {
      const text = await readFile(join(root, page), 'utf8');
      return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => ({ place: page, code: code as string }));
    }),
  );
  return found.flat();
}

async function examplesOfDocstrings(): Promise<Example[]> {
  const sources = (await filesBelow('libs/larder/src', '.ts')).filter((name) => !name.endsWith('.spec.ts'));
  const found = await Promise.all(
    sources.map(async (source) => {
      const text = await readFile(join(root, source), 'utf8');
      const blocks = [...text.matchAll(/\* ```ts\n(.*?)\* ```/gs)].map(([, block]) => block as string);
      return blocks.map((block) => ({ place: source, code: PRELUDE + framed(block.replace(/^ *\* ?/gm, '')) }));
    }),
  );
  return found.flat();
}

/** A decorated method needs a class around it; an options object needs a call. */
function framed(code: string): string {
  if (/^@(Get|Post|Patch|Job|OncePerFleet)/.test(code)) return `class Example {\n${code}\n}`;
  return /^(const cache|const views|@Module|@FlagGate)/.test(code)
    ? `{\n${code.replace('export class', 'class')}\n}`
    : code;
}

let output = '';
let examples: Example[];

beforeAll(async () => {
  examples = [...(await examplesOfPages()), ...(await examplesOfDocstrings())];
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const name = (index: number) => join(folder, `example-${index}.ts`);
  await Promise.all(examples.map(({ code }, index) => writeFile(name(index), `${code}\nexport {};\n`)));
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compile = promisify(execFile)('npx', ['--no-install', 'tsc', '--noEmit', '-p', folder], { cwd: root });
  output = await compile.then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}, 60_000);

describe('examples', () => {
  it('are found in pages and in docstrings', () => {
    expect(examples.filter(({ place }) => place.endsWith('.md')).length).toBeGreaterThanOrEqual(5);
    expect(examples.filter(({ place }) => place.endsWith('.ts')).length).toBeGreaterThanOrEqual(5);
  });

  it('compile', () => {
    const lines = output.split('\n').filter((line) => line.includes('error'));
    const named = lines.map((line) => {
      const index = /example-(\d+)\.ts/.exec(line)?.[1];
      return index === undefined
        ? line
        : `${examples[Number(index)]?.place}: ${line.replace(relative(root, folder), '')}`;
    });
    expect(named).toEqual([]);
  });
});
