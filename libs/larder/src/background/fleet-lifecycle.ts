import type { BeforeApplicationShutdown, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import type { Clock } from '../base/clock.js';
import type { TimeBudget } from '../base/timeout.js';
import { connectToRedis, type Fleet, type FleetOptions, type FleetPart, isFleetPart } from './fleet.js';

/** The most milliseconds for the first of the two steps of stopping; the second step gets the rest. */
const DRAIN_TIMEOUT = 3000;

/** Connects the counters and deadlines of an application to those of its other processes. */
export class FleetLifecycle implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #discovery: DiscoveryService;
  readonly #options: FleetOptions & { readonly clock: Clock };
  #parts: readonly FleetPart[] = [];
  #fleet: Fleet | undefined;
  readonly #budget: TimeBudget;

  /** @param budget the time for stopping the whole application */
  constructor(discovery: DiscoveryService, options: FleetOptions & { readonly clock: Clock }, budget: TimeBudget) {
    this.#discovery = discovery;
    this.#options = options;
    this.#budget = budget;
  }

  /** The counters and deadlines of the application. */
  get parts(): readonly FleetPart[] {
    return this.#parts;
  }

  /** @throws LarderOptionsError without ioredis */
  async onModuleInit(): Promise<void> {
    this.#parts = findParts(this.#discovery);
    if (this.#parts.length > 0) this.#fleet = await connectToRedis(this.#parts, this.#options);
  }

  /** While the databases are still connected. */
  async beforeApplicationShutdown(): Promise<void> {
    const timeout = Math.min(DRAIN_TIMEOUT, this.#budget.left);
    await Promise.all(this.#parts.map((part) => part.drain(timeout)));
  }

  /** Requests that ended meanwhile may have added increments. */
  async onApplicationShutdown(): Promise<void> {
    await this.#fleet?.close(this.#budget.left);
  }
}

function findParts(discovery: DiscoveryService): readonly FleetPart[] {
  const found = new Set<FleetPart>();
  for (const { instance } of [...discovery.getProviders(), ...discovery.getControllers()]) {
    if (typeof instance !== 'object' || instance === null) continue;
    const candidates = isFleetPart(instance) ? [instance] : valuesOf(instance);
    for (const candidate of candidates) if (isFleetPart(candidate)) found.add(candidate);
  }
  return [...found];
}

/** The members of an instance, without running accessors, which may have side effects. */
function valuesOf(instance: object): unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(instance)).map(({ value }) => value);
}
