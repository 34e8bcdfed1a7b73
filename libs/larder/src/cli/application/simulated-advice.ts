import type { MemoryAdvice, MethodAdvice, Advice as SimulatedAdvice } from '../../cache/stats/advice.js';
import type { Environment } from '../../options/option.js';
import { LarderCommandError } from '../command-error.js';
import { AdminRoutes } from './admin-routes.js';
import type { Advice } from './advice.js';

/** The advice of each process whose adviser is on, and which has the route. */
export async function simulatedAdviceOf(
  urls: readonly string[],
  env: Environment,
  timeout: number,
): Promise<readonly SimulatedAdvice[]> {
  const answers = await Promise.all(
    urls.map(async (url) => {
      const routes = new AdminRoutes(url, env, timeout);
      return checked((await routes.getIfThere('advice')) ?? null, routes.url);
    }),
  );
  return answers.filter((answer) => answer !== undefined);
}

/** What to change, by the busiest process of each method. Processes of one application get similar calls. */
export function toAdvice(processes: readonly SimulatedAdvice[]): readonly Advice[] {
  const memory = processes.map((one) => one.memory).reduce<MemoryAdvice | undefined>(busier, undefined);
  const methods = new Map<string, MethodAdvice>();
  for (const [name, advice] of processes.flatMap((one) => Object.entries(one.methods))) {
    const known = methods.get(name);
    if (known === undefined || advice.calls > known.calls) methods.set(name, advice);
  }
  const changed = [...methods].filter(([, { action }]) => action === 'change' || action === 'stop-caching');
  return [
    ...(memory !== undefined && isChanged(memory) ? [shown('memory', memory.text)] : []),
    ...changed.map(([name, { text }]) => shown(name, text)),
  ];
}

function shown(subject: string, text: string): Advice {
  return { subject, figures: text.replace(/\.$/, ''), remedy: '' };
}

function isChanged({ maxBytes, maxEntries }: MemoryAdvice): boolean {
  return maxBytes.present !== maxBytes.best || maxEntries.present !== maxEntries.best;
}

function busier(one: MemoryAdvice | undefined, other: MemoryAdvice): MemoryAdvice {
  const saved = (advice: MemoryAdvice) => advice.loadsSaved.value ?? 0;
  return one === undefined || saved(other) > saved(one) ? other : one;
}

/** A process without the option answers nothing, or an empty document. */
function checked(answer: unknown, url: string): SimulatedAdvice | undefined {
  const advice = answer as Partial<SimulatedAdvice> | null;
  if (advice === null || Object.keys(advice).length === 0) return undefined;
  const isAdvice =
    typeof advice.memory?.text === 'string' &&
    typeof advice.methods === 'object' &&
    advice.methods !== null &&
    Object.values(advice.methods).every(
      ({ action, calls, text }) => [action, text].every((one) => typeof one === 'string') && typeof calls === 'number',
    );
  if (isAdvice) return advice as SimulatedAdvice;
  throw new LarderCommandError(
    `${url}/advice does not answer with the advice of a cache`,
    'Let the route return cache.advice() unchanged; docs/command-line.md shows it',
  );
}
