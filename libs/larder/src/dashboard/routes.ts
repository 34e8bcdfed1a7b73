import { LarderError } from '../base/errors.js';
import type { Cache } from '../cache/cache.js';
import type { Engine } from '../cache/engine.js';
import { encodePath, type Key } from '../keys/key.js';
import { type NamedTarget, nameOf, parsePath } from '../keys/named-target.js';
import { pattern, tag } from '../keys/target.js';
import { entriesInMemory, entriesInRedis, MAX_ROWS, ORDERS, type Order } from './entries/browse.js';
import { countMatches } from './entries/match-count.js';
import { explanationOf } from './explain/explanation.js';
import type { UrlKeys } from './explain/url-keys.js';
import { methodsOf } from './figures/methods.js';
import type { NodeSampler } from './figures/node-sampler.js';
import { overviewOf } from './figures/overview.js';
import type { ActionLog } from './gate/action-log.js';
import { HttpProblem } from './server/exchange.js';
import type { Command, Query } from './server/router.js';
import { type WorkParts, workOf } from './work/work.js';

/** What the routes of the page read, and act on. */
export interface RouteParts extends WorkParts {
  readonly cache: Cache;
  readonly engine: Engine;
  readonly sampler: NodeSampler;
  readonly urls: UrlKeys;
  readonly actions: ActionLog;
}

/** What people type to clear everything. */
const CONFIRMATION = 'clear everything';

const SHOWN_ACTIONS = 50;
const MAX_TARGETS = 20;
const MAX_TEXT = 1000;

/** The routes that change nothing. */
export function queriesOf(parts: RouteParts): Readonly<Record<string, Query>> {
  const { engine, cache, sampler, urls, actions, jobs } = parts;
  return {
    overview: () => overviewOf(engine),
    methods: () => methodsOf(engine, sampler.trend, cache.stats().methods, cache.advice()),
    explain: async (given) => {
      const text = textIn(given.get('key'), 'key');
      if (!/^(https?:\/)?\//.test(text))
        return explained(
          parts,
          understood(() => parsePath(text)),
          [],
        );
      const routes = await urls.of(text);
      return explained(parts, routes.find(({ path }) => path !== undefined)?.path, routes);
    },
    entries: (given) => {
      const order = ORDERS.find((one) => one === given.get('order')) ?? ('hottest' satisfies Order);
      const list = given.get('in') === 'redis' ? entriesInRedis : entriesInMemory;
      return Promise.resolve(list(engine, (given.get('prefix') ?? '').slice(0, MAX_TEXT), order, MAX_ROWS));
    },
    matches: (given) => countMatches(engine, targetsIn(given.getAll('target'), given.getAll('tag'))),
    work: () => workOf(parts),
    runs: async (given) => understood(() => jobs.history(textIn(given.get('name'), 'name'))),
    actions: () => actions.latest(SHOWN_ACTIONS),
  };
}

/** The routes that do something. */
export function commandsOf({ cache, jobs, actions }: RouteParts): Readonly<Record<string, Command>> {
  const as = <T>(name: string, work: () => T) => cache.attribute(`dashboard: ${name}`, work);
  return {
    invalidate: async ({ targets, tags }, { name }) => {
      const named = targetsIn(textsIn(targets), textsIn(tags));
      const { delivered } = await as(name, () => cache.invalidate(...named));
      await actions.note(name, `Invalidated ${named.map(nameOf).join(', ')}.`);
      return { delivered };
    },
    'request-clear': async (_, { name }) => {
      const request = await cache.requestClear();
      await actions.note(name, 'Requested a token to clear everything.');
      return request;
    },
    clear: async ({ token, confirmation }, { name }) => {
      if (confirmation !== CONFIRMATION) throw new HttpProblem(400, `Type "${CONFIRMATION}". Nothing was cleared.`);
      const { delivered } = await understood(() => as(name, () => cache.clear(textIn(token, 'token'))), 409);
      await actions.note(name, 'Cleared everything.');
      return { delivered };
    },
    'run-job': async ({ name: job }, { name }) => {
      await actions.note(name, `Started the job ${textIn(job, 'name')}.`);
      return understood(() => jobs.runNow(textIn(job, 'name')), 409);
    },
    'pause-job': async ({ name: job }, { name }) => {
      const pause = await understood(() => jobs.pause(textIn(job, 'name'), name), 409);
      await actions.note(name, `Paused the job ${job}.`);
      return pause;
    },
    'resume-job': async ({ name: job }, { name }) => {
      const pause = await understood(() => jobs.resume(textIn(job, 'name')), 409);
      await actions.note(name, `Resumed the job ${job}.`);
      return pause;
    },
  };
}

async function explained({ engine, sampler }: RouteParts, path: string | undefined, routes: readonly unknown[]) {
  const known = path === undefined ? undefined : await explanationOf(engine, path, sampler.invalidations.latest);
  return { explanation: known ?? null, routes };
}

/** @throws HttpProblem unless there is a target, and each of them is one */
function targetsIn(texts: readonly string[], tags: readonly string[]): NamedTarget[] {
  if (texts.length + tags.length === 0) throw new HttpProblem(400, 'Name a key, a prefix, a pattern or a tag.');
  if (texts.length + tags.length > MAX_TARGETS) throw new HttpProblem(400, `Name ${MAX_TARGETS} targets at most.`);
  const paths = texts.map((text) => {
    if (/^\*+$/.test(text)) throw new HttpProblem(400, 'This covers everything. Use the emergency clear.');
    return understood(() => pattern(text.includes('*') ? textIn(text, 'target') : pathIn(textIn(text, 'target'))));
  });
  return [...paths, ...tags.map((name) => tag(textIn(name, 'tag')))];
}

function pathIn(text: string): string {
  return text.startsWith('[') ? encodePath(JSON.parse(text) as Key) : parsePath(text);
}

function textsIn(given: unknown): readonly string[] {
  if (given === undefined) return [];
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given;
  throw new HttpProblem(400, 'Targets and tags are lists of texts.');
}

function textIn(given: unknown, name: string): string {
  if (typeof given === 'string' && given !== '' && given.length <= MAX_TEXT) return given;
  throw new HttpProblem(400, `${name} must be a text of 1 to ${MAX_TEXT} characters.`);
}

/** Turns an error of Larder about what was given into a problem that the page shows. */
function understood<T>(work: () => T, status = 400): T {
  const fail = (error: unknown): never => {
    throw error instanceof LarderError || error instanceof SyntaxError ? new HttpProblem(status, error.message) : error;
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(fail) as T) : result;
  } catch (error) {
    return fail(error);
  }
}
