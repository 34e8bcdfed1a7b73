import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { staleElsewhere, type Violation } from '../support/history/checker.js';
import {
  type History,
  type HistoryOptions,
  runHistory,
  TOPOLOGIES,
  type TopologyName,
} from '../support/history/run-history.js';

const SHOWN = 5;

/**
 * `npm run history -- --seed 1`. Optional arguments: `--seed 1 --runs 20 --seconds 60 --mode default|strong
 * --topology single|sentinel|cluster --client ioredis|node-redis --subject larder|naive|bentocache --max-staleness 500 --feed
 * --depends-on --calm --former file --dump file`.
 *
 * With `--depends-on` the values depend on their queries, all writes are plain SQL, of the nodes and of another program, and PostgreSQL
 * and the process that reads its log suffer faults too. With `--calm` nothing suffers faults.
 *
 * With `--feed` the database is a PostgreSQL whose change feed the nodes read; write-throughs mark their transactions, and
 * writers die between commit and end. With `--former` (the built `dist/index.js` of the previous release) every other node
 * runs that release. `--dump` writes the whole history of a run with violations.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: `${Math.floor(Math.random() * 1e6)}` },
      runs: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '60' },
      mode: { type: 'string', default: 'default' },
      topology: { type: 'string', default: 'single' },
      client: { type: 'string', default: 'ioredis' },
      subject: { type: 'string', default: 'larder' },
      'max-staleness': { type: 'string', default: '500' },
      feed: { type: 'boolean', default: false },
      'depends-on': { type: 'boolean', default: false },
      calm: { type: 'boolean', default: false },
      former: { type: 'string' },
      dump: { type: 'string' },
    },
  });
  const { topology, mode, subject, client } = values;
  if (!(topology in TOPOLOGIES)) throw new Error(`There is no topology ${topology}`);
  if (mode !== 'default' && mode !== 'strong') throw new Error(`There is no mode ${mode}`);
  if (subject !== 'larder' && subject !== 'naive' && subject !== 'bentocache') throw new Error(`No subject ${subject}`);
  if (client !== 'ioredis' && client !== 'node-redis') throw new Error(`There is no client ${client}`);
  const dependsOn = values['depends-on'];
  if (dependsOn && (values.feed || values.former || subject !== 'larder'))
    throw new Error('--depends-on takes neither --feed nor --former nor --subject');
  if (values.feed && (values.former || subject !== 'larder'))
    throw new Error('--feed takes neither --former nor --subject');
  for (let run = 0; run < Number(values.runs); run++) {
    const options: HistoryOptions = {
      seed: Number(values.seed) + run,
      seconds: Number(values.seconds),
      maxStaleness: Number(values['max-staleness']),
      topology: topology as TopologyName,
      mode,
      subject,
      client,
      feed: values.feed,
      dependsOn,
      isCalm: values.calm,
      ...(values.former && { former: values.former }),
    };
    const history = await runHistory(options);
    print(options, history);
    if (history.violations.length === 0) continue;
    if (subject === 'larder') process.exitCode = 1;
    if (values.dump) await writeFile(`${values.dump}-${options.seed}.json`, JSON.stringify(history));
  }
}

function print(
  { subject, topology, mode, seed, seconds, feed, dependsOn, isCalm }: HistoryOptions,
  history: History,
): void {
  const { operations, violations, faults } = history;
  const count = (kind: string) => operations.filter((operation) => operation.kind === kind).length;
  const loads = operations.filter((operation) => operation.kind === 'read' && operation.isLoaded).length;
  const what = `${count('read')} reads, ${loads} loads, ${count('write')} writes, ${faults.filter(isBegin).length} faults`;
  const rules = [...new Set(violations.map(({ rule }) => rule))].map(
    (rule) => `${violations.filter((one) => one.rule === rule).length} of ${rule}`,
  );
  console.log(
    `${subject} ${topology} ${mode}${feed ? ' --feed' : ''}${dependsOn ? ' --depends-on' : ''}${isCalm ? ' --calm' : ''} --seed ${seed} (${seconds} s): ${what}: ` +
      `${violations.length} violations${rules.length ? ` (${rules.join(', ')})` : ''}`,
  );
  if (dependsOn) {
    const { reads, longest } = staleElsewhere(operations);
    console.log(
      `  reads on other nodes within the bound of P3: ${reads} older ones, at most ${Math.round(longest)} ms`,
    );
  }
  if (subject === 'larder') for (const violation of violations.slice(0, SHOWN)) explain(violation, history);
}

/** A violation, and the faults just before it. */
function explain({ rule, expected, operation }: Violation, { faults }: History): void {
  const { began } = operation;
  const before = faults.filter(({ at }) => at < operation.ended && at > began - 5000);
  const times = before.map(({ at, what }) => `${Math.round(at - began)} ms ${what}`);
  console.log(`  ${rule}: expected ${expected}, ${JSON.stringify(operation)}`);
  console.log(`    ${times.join('; ')}`);
}

function isBegin({ what }: { readonly what: string }): boolean {
  return !what.endsWith('is over');
}

await main();
