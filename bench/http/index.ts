import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, range } from '../measure/figures.js';
import { type Goal, judge } from '../measure/goals.js';
import { describeRun } from '../measure/machine.js';
import { randomOf, shuffled } from '../measure/random.js';
import { startRedis } from '../measure/redis.js';
import { printTable } from '../measure/table.js';
import { type Rate, rateOf, type Target } from './load.js';
import { type Platform, SERVERS, type ServerName } from './servers.js';

// A list of tournaments through Nest's platforms in every variant: 50 connections, a process per server, a slice of each
// in every round.

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const SECONDS = Number(process.env.SECONDS ?? 1);
const REFERENCE = 'constant object';
const PLAIN = 'plain node:http';
const NOT_MODIFIED = 'larder, 304';

/** All variants, or those on the command line: `npm run bench -- http Fastify 20 'larder, memory hit'`. */
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const askedOf = <Name extends string>(all: readonly Name[]) =>
  all.some((name) => asked.includes(name)) ? all.filter((name) => asked.includes(name)) : all;
const names = askedOf(Object.keys(SERVERS) as ServerName[]);

const children: ChildProcess[] = [];
const redis = await startRedis();
const goals: Goal[] = [];
try {
  console.log(describeRun(`${ROUNDS} rounds of ${SECONDS} s each, 50 connections`));
  for (const items of askedOf(['20', '200'])) {
    for (const platform of askedOf(['Express', 'Fastify'])) goals.push(...(await measure(platform, Number(items))));
  }
} finally {
  for (const child of children) child.kill();
  await redis.stop();
}
judge(goals);
process.exit();

async function measure(platform: Platform, items: number): Promise<Goal[]> {
  const targets: Target[] = [];
  for (const name of names) {
    const { server, url } = await serve(name, platform, items);
    targets.push({ name, server, url, headers: {}, status: 200 });
    if (name !== 'larder, memory hit') continue;
    const etag = (await fetch(url)).headers.get('etag') ?? '';
    targets.push({ name: NOT_MODIFIED, server, url, headers: { 'if-none-match': etag }, status: 304 });
  }
  const rates = await inRounds(targets);
  for (const child of children.splice(0)) child.kill();
  const ratios = (name: string, to: string, by: keyof Rate = 'byProcessorSecond') =>
    (rates.get(name) ?? []).map((rate, round) => rate[by] / (rates.get(to)?.[round]?.[by] as number));
  const rows = targets.map(({ name }) => {
    const toConstant = ratios(name, REFERENCE);
    return [
      name,
      median((rates.get(name) ?? []).map(({ bySecond }) => bySecond)).toFixed(0),
      median(ratios(name, REFERENCE, 'bySecond')).toFixed(2),
      median(toConstant).toFixed(2),
      range(toConstant, 2),
      median(ratios(name, PLAIN)).toFixed(2),
    ];
  });
  const heading = ['a second', 'to constant', 'by processor time', 'least–most', 'to plain'];
  printTable([`${platform}, ${items} items`, ...heading], rows);
  console.log('');
  const atLeast = items === 200 ? 2 : platform === 'Express' ? 1 : 1.3;
  const goal = (name: string, to: string, least: number): Goal => ({
    what: `${platform}, ${items} items: ${name} to ${to}`,
    figure: median(ratios(name, to)),
    atLeast: least,
  });
  return [
    goal('larder, memory hit', REFERENCE, atLeast),
    goal(NOT_MODIFIED, REFERENCE, 1.1),
    goal('larder, fast lane', PLAIN, 0.5),
  ].filter(({ figure }) => !Number.isNaN(figure));
}

async function serve(name: ServerName, platform: Platform, items: number): Promise<Pick<Target, 'server' | 'url'>> {
  const path = fileURLToPath(new URL('one.js', import.meta.url));
  const child = fork(path, [name, platform, String(items), redis.url]);
  children.push(child);
  const [port] = (await once(child, 'message')) as [number];
  return { server: child, url: `http://127.0.0.1:${port}/tournaments` };
}

async function inRounds(targets: readonly Target[]): Promise<ReadonlyMap<string, readonly Rate[]>> {
  const random = randomOf(7);
  const rates = new Map(targets.map(({ name }) => [name, [] as Rate[]]));
  for (const target of targets) await rateOf(target, 2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of shuffled(targets, random)) rates.get(target.name)?.push(await rateOf(target, SECONDS));
  }
  return rates;
}
