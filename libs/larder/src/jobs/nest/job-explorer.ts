import type { DiscoveryService } from '@nestjs/core';
import { LarderDecoratorError, messageOf } from '../../base/errors.js';
import { gatesOf } from '../../flags/gate-metadata.js';
import { isScheduled, takenSchedule, takeSchedule } from '../../nest/schedule-metadata.js';
import { type Cron, loadCron } from '../cron.js';
import { defineJob, type JobDefinition } from '../definition.js';
import { type JobPlan, jobsOf } from './job-plan.js';
import { fleetJobOf } from './once-per-fleet.decorator.js';

/** Answers whether a feature flag is on. */
export interface JobFlags {
  isEnabled(name: string): boolean;
}

type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];
type FoundJob =
  | { readonly definition: JobDefinition; readonly gates: readonly string[] }
  | { readonly problems: readonly string[] };

/**
 * The jobs on the providers and controllers of an application, without those whose flag is off.
 *
 * @throws LarderDecoratorError that lists the problems of all jobs
 */
export async function findJobs(
  discovery: DiscoveryService,
  flags: JobFlags | undefined,
): Promise<readonly JobDefinition[]> {
  const wrappers = [...discovery.getProviders(), ...discovery.getControllers()];
  if (!wrappers.some((wrapper) => jobsOf(prototypeOf(wrapper)).length > 0)) return [];
  const cron = await loadCron();
  const instances = new Set<unknown>();
  const found = wrappers.flatMap((wrapper) => {
    const prototype = prototypeOf(wrapper);
    const plans = jobsOf(prototype);
    if (plans.length === 0) return [];
    if (!wrapper.isDependencyTreeStatic()) return plans.map((plan) => scoped(prototype, plan));
    const { instance } = wrapper;
    if (typeof instance !== 'object' || instance === null || instances.has(instance)) return [];
    instances.add(instance);
    return jobsOf(Object.getPrototypeOf(instance)).map((plan) => onInstance(instance, plan, cron));
  });
  const problems = found.flatMap((one) => ('problems' in one ? one.problems : []));
  const jobs = found.flatMap((one) => ('definition' in one ? [one] : []));
  const definitions = jobs.map(({ definition }) => definition);
  problems.push(...repeated(definitions), ...ungated(definitions, flags));
  if (problems.length > 0) throw new LarderDecoratorError(problems.join('\n'));
  if (flags === undefined) return definitions;
  const needed = ({ definition: { flag }, gates }: (typeof jobs)[number]) =>
    flag === undefined ? gates : [flag, ...gates];
  return jobs.filter((job) => needed(job).every((flag) => flags.isEnabled(flag))).map(({ definition }) => definition);
}

/**
 * Takes methods with `@OncePerFleet` away from `@nestjs/schedule`. Must run before any `onModuleInit`, when instances made by
 * factories are not known yet.
 */
export function takeSchedules(discovery: DiscoveryService): void {
  for (const { metatype } of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const prototype: unknown = metatype?.prototype;
    if (typeof prototype !== 'object' || prototype === null) continue;
    for (const plan of jobsOf(prototype)) {
      const method: unknown = Reflect.get(prototype, plan.property);
      if ('fleetOptions' in plan && typeof method === 'function') takeSchedule(method);
    }
  }
}

/** The prototype of a wrapper's class, or of the instance that a factory made. */
function prototypeOf({ metatype, instance }: InstanceWrapper): object {
  const made: unknown =
    metatype?.prototype ?? (typeof instance === 'object' && instance && Object.getPrototypeOf(instance));
  return typeof made === 'object' && made !== null ? made : Object.prototype;
}

function onInstance(instance: object, plan: JobPlan, cron: Cron): FoundJob {
  const { property } = plan;
  const place = `${instance.constructor.name}.${String(property)}`;
  const subject = `The job on ${place}`;
  const method: unknown = (instance as Record<string | symbol, unknown>)[property];
  if (typeof method !== 'function') return { problems: [`${subject} is not on a method. Put @Job on a method.`] };
  if ('fleetOptions' in plan && isScheduled(method)) {
    return { problems: [`${subject} has @OncePerFleet on an instance made by a factory. Provide the class itself.`] };
  }
  const options = 'options' in plan ? plan.options : fleetJobOf(takenSchedule(method), plan.fleetOptions, place);
  const definition =
    'name' in options ? defineJob(options, (context) => method.call(instance, context), cron) : options;
  if ('work' in definition) return { definition, gates: gatesOf(method) };
  return { problems: definition.map((problem) => `${subject} ${problem}. Correct it and start again.`) };
}

function scoped(prototype: object, { property }: JobPlan): FoundJob {
  const subject = `The job on ${prototype.constructor.name}.${String(property)}`;
  return {
    problems: [`${subject} belongs to a request-scoped provider. Move it to a singleton.`],
  };
}

function repeated(definitions: readonly JobDefinition[]): string[] {
  const names = definitions.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `Two jobs are named ${JSON.stringify(name)}. Rename one of them.`);
}

function ungated(definitions: readonly JobDefinition[], flags: JobFlags | undefined): string[] {
  return definitions.flatMap(({ name, flag }) => {
    if (flag === undefined) return [];
    const needs = `The job ${JSON.stringify(name)} needs the flag ${flag}`;
    if (flags === undefined) return [`${needs}, but no flags are configured. Set the option jobFlags.`];
    try {
      flags.isEnabled(flag);
      return [];
    } catch (error) {
      return [`${needs}. ${messageOf(error)}`];
    }
  });
}
