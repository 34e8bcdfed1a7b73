import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { nextTurn } from '../../base/batches.js';
import { Demand } from '../demand.js';
import { MAX_GIVEN } from '../given.js';
import { GroupDemand, type KeyDemand, newKey } from '../group-demand.js';
import { addCounts } from '../ledger.js';
import { HOURS_A_DAY } from '../quarters.js';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Of another version nothing is read, and the next write replaces it. */
const VERSION = 1;
/** The most bytes that are stored, and that they may take when inflated. */
export const MAX_BYTES = 256 * 1024;
const MAX_INFLATED = 8 * 1024 * 1024;
/** Smaller counts are left out. */
const MIN_COUNT = 0.01;
/** Lines made or read in a turn of the event loop. */
const LINES_A_TURN = 250;

/** Lines of JSON, deflated: a header, and each method with its keys after it. */
export async function encodeProfile(demand: Demand): Promise<Uint8Array> {
  for (let maxKeys = demand.size; ; maxKeys = Math.floor(maxKeys / 2)) {
    const bytes = await deflate(await linesOf(demand));
    if (bytes.length <= MAX_BYTES || maxKeys === 0) return bytes;
    demand.trim(Math.floor(maxKeys / 2));
  }
}

/** `undefined` for bytes of another version, and for bytes that are damaged. */
export async function decodeProfile(bytes: Uint8Array): Promise<Demand | undefined> {
  try {
    const text = await inflate(bytes, { maxOutputLength: MAX_INFLATED });
    return await readLines(text.toString('utf8').split('\n'));
  } catch {
    return undefined;
  }
}

async function linesOf(demand: Demand): Promise<string> {
  const { at, counts, weekTime, dayTime } = demand;
  const lines = [JSON.stringify({ version: VERSION, at, counts, week: list(weekTime), day: list(dayTime) })];
  for (const [name, group] of demand.groups) {
    const { week, day, hours, life } = group;
    lines.push(JSON.stringify({ name, life, week: list(week), day: list(day), hours: list(hours) }));
    for (const [id, key] of group.keys) {
      if (lines.length % LINES_A_TURN === 0) await nextTurn();
      lines.push(JSON.stringify([id, key.given, key.askedAt, ...sparse(key)]));
    }
  }
  return lines.join('\n');
}

async function readLines([first, ...lines]: readonly string[]): Promise<Demand | undefined> {
  const header: unknown = JSON.parse(first ?? '');
  if (!isObject(header) || header.version !== VERSION || !isCount(header.at) || !isObject(header.counts))
    return undefined;
  const demand = new Demand(header.at);
  const { loads, used, unused, extra } = header.counts;
  addCounts(demand.counts, {
    loads: countIn(loads),
    used: countIn(used),
    unused: countIn(unused),
    extra: countIn(extra),
  });
  fill(demand.weekTime, header.week);
  fill(demand.dayTime, header.day);
  let group = new GroupDemand();
  for (const [place, line] of lines.entries()) {
    if (place % LINES_A_TURN === LINES_A_TURN - 1) await nextTurn();
    const read: unknown = JSON.parse(line);
    if (Array.isArray(read)) addKey(group, read);
    else if (isObject(read) && typeof read.name === 'string') group = groupIn(demand, read.name, read);
  }
  demand.trim();
  return demand;
}

function groupIn(demand: Demand, name: string, line: Readonly<Record<string, unknown>>): GroupDemand {
  const group = demand.group(name) ?? new GroupDemand();
  group.life = countIn(line.life);
  fill(group.week, line.week);
  fill(group.day, line.day);
  fill(group.hours, line.hours);
  return group;
}

function addKey(group: GroupDemand, [id, given, askedAt, ...counts]: readonly unknown[]): void {
  if (typeof id !== 'string' || typeof given !== 'string' || given.length > MAX_GIVEN) return;
  const key = newKey(given);
  key.askedAt = countIn(askedAt);
  for (let place = 0; place + 1 < counts.length; place += 2) {
    const hour = counts[place];
    if (!isCount(hour) || !Number.isInteger(hour) || hour >= HOURS_A_DAY) continue;
    const count = countIn(counts[place + 1]);
    key.hours[hour] = count;
    key.total += count;
  }
  group.keys.set(id, key);
}

/** `hour, count` of each hour with a count. */
function sparse({ hours }: KeyDemand): number[] {
  const pairs: number[] = [];
  for (let hour = 0; hour < HOURS_A_DAY; hour++) {
    const count = hours[hour] as number;
    if (count >= MIN_COUNT) pairs.push(hour, rounded(count));
  }
  return pairs;
}

function list(counts: Float32Array): number[] {
  return Array.from(counts, rounded);
}

function rounded(count: number): number {
  return Math.round(count * 100) / 100;
}

function fill(counts: Float32Array, read: unknown): void {
  if (!Array.isArray(read)) return;
  for (let place = 0; place < counts.length; place++) counts[place] = countIn(read[place]);
}

function countIn(value: unknown): number {
  return isCount(value) ? value : 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
