// Installs the packed package into a fresh application for each cell, builds it, runs it and its tests:
// node test/matrix/run.js [--cells 1,2,3] [--keep]. Not a part of `npm test`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { environment, npmOptions, pack, root, run, STEP_TIMEOUT } from '../installs/tarball.js';
import { cells, IMPOSSIBLE, missingPairs } from './cells.js';
import { filesOf, testCommand } from './packages.js';

/** Shared by all cells: versions of Node, and pnpm. */
const tools = join(root, 'node_modules/.cache/larder-matrix');
const READY_TIMEOUT = 60_000;

const { values } = parseArgs({ options: { cells: { type: 'string' }, keep: { type: 'boolean' } } });
const wanted = values.cells?.split(',').map(Number);
const work = mkdtempSync(join(tmpdir(), 'larder-matrix-'));

const uncovered = missingPairs().filter((pair) => !IMPOSSIBLE.some(([part]) => isSame(part, pair)));
if (uncovered.length > 0) throw new Error(`No cell has ${uncovered.map((pair) => JSON.stringify(pair)).join(', ')}`);

const tarball = await pack(work);
const results = [];
for (const cell of cells.filter(({ number }) => wanted === undefined || wanted.includes(number))) {
  results.push(await tryCell(cell));
  print(results.at(-1));
}
console.log('\nNot possible:');
for (const [part, reason] of IMPOSSIBLE) console.log(`- ${Object.values(part).join(', ')}: ${reason}`);
if (!values.keep) rmSync(work, { recursive: true, force: true });
process.exitCode = results.every(({ problem }) => problem === undefined) ? 0 : 1;

async function tryCell(cell) {
  const folder = join(work, String(cell.number));
  const began = performance.now();
  const result = { cell };
  try {
    makeApplication(folder, cell);
    const node = await nodeOf(cell.node);
    await install(folder, cell.manager);
    const inFolder = { cwd: folder, timeout: STEP_TIMEOUT, env: environment() };
    await run(node, ['node_modules/typescript/bin/tsc'], inFolder);
    result.version = (await run(node, ['--version'])).stdout.trim();
    await tryApplication(node, folder);
    await run(node, testCommand(cell), inFolder);
  } catch (error) {
    result.problem = [error.message, error.stdout, error.stderr].filter(Boolean).join('\n');
  }
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
  return { ...result, seconds: (performance.now() - began) / 1000 };
}

function makeApplication(folder, cell) {
  mkdirSync(join(folder, 'src'), { recursive: true });
  for (const [name, content] of Object.entries(filesOf(cell, tarball))) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  }
  const sources = join(import.meta.dirname, 'application/src');
  for (const name of ['items.ts', 'items.spec.ts', 'audited.spec.ts'])
    cpSync(join(sources, name), join(folder, 'src', name));
  cpSync(join(sources, `main.${cell.platform}.ts`), join(folder, 'src/main.ts'));
}

async function install(folder, manager) {
  const options = { cwd: folder, timeout: STEP_TIMEOUT, env: environment() };
  if (manager === 'npm') return run('npm', ['install', ...npmOptions], options);
  const pnpm = await toolOf('pnpm', '10', 'pnpm/bin/pnpm.cjs');
  return run(process.execPath, [pnpm, 'install', '--prefer-offline', '--reporter=silent'], options);
}

/** This Node if its version fits; otherwise the one in npm's package `node`. */
async function nodeOf(version) {
  if (process.version.startsWith(`v${version}.`)) return process.execPath;
  return toolOf('node', version, 'node/bin/node');
}

async function toolOf(name, version, file) {
  const folder = join(tools, `${name}-${version}`);
  const path = join(folder, 'node_modules', file);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // The package `node` installs its program by an install script.
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n');
  const options = ['install', `${name}@${version}`, ...npmOptions];
  await run('npm', options, { cwd: folder, timeout: STEP_TIMEOUT, env: environment() });
  return path;
}

/** Requests one hit, one 304 and one invalidation, and stops the process, as a client would. */
async function tryApplication(node, folder) {
  const application = spawn(node, ['dist/main.js'], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(application, 'exit');
  const complaints = [];
  createInterface(application.stderr).on('line', (line) => complaints.push(line));
  try {
    const url = await readyAt(application, ended);
    const first = await fetch(`${url}/items/direct/7`);
    const body = await first.text();
    equal('the first answer', body, '{"id":"7","loads":1}');
    equal('a hit', await (await fetch(`${url}/items/direct/7`)).text(), body);
    const headers = { 'If-None-Match': first.headers.get('etag') ?? '' };
    equal('the status for a known ETag', (await fetch(`${url}/items/direct/7`, { headers })).status, 304);
    equal('the status of a write', (await fetch(`${url}/items/7`, { method: 'PATCH' })).status, 200);
    equal('after the write', await (await fetch(`${url}/items/direct/7`)).text(), '{"id":"7","loads":2}');
    application.kill('SIGTERM');
    const [code, signal] = await ended;
    // Nest ends the process by the signal that it received.
    equal('the end', code ?? signal, signal ?? 0);
    equal('what it complained of', complaints.filter(isOurs).join('\n'), '');
  } catch (error) {
    throw new Error([error.message, ...complaints].join('\n'));
  } finally {
    application.kill('SIGKILL');
  }
}

async function readyAt(application, ended) {
  const signal = AbortSignal.timeout(READY_TIMEOUT);
  const ready = (async () => {
    for await (const line of createInterface({ input: application.stdout, signal })) {
      const [, url] = /^Ready at (\S+)/.exec(line) ?? [];
      if (url !== undefined) return url;
    }
    return undefined;
  })();
  const url = await Promise.race([ready, ended.then(() => undefined)]);
  if (url === undefined) throw new Error('The application did not start');
  // Drains the rest of the output: a full pipe would block the application.
  application.stdout.resume();
  return url;
}

/** Filters out Node's warnings about other packages. */
function isOurs(line) {
  return /larder|unhandled|error/i.test(line);
}

function equal(what, found, expected) {
  if (found !== expected) throw new Error(`Invalid ${what}: got ${found}, expected ${expected}`);
}

function isSame(one, other) {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

function print({ cell, version, seconds, problem }) {
  const { number, nest, format, platform, runner, manager, typescript } = cell;
  const columns = [
    number,
    version ?? `v${cell.node}`,
    `Nest ${nest}`,
    format,
    platform,
    runner,
    manager,
    `TS ${typescript}`,
  ];
  console.log(`| ${columns.join(' | ')} | ${problem === undefined ? 'passes' : 'FAILS'} | ${seconds.toFixed(0)} s |`);
  if (problem !== undefined) console.error(problem);
}
