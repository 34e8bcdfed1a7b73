import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { FLAGS, type Gated } from './flag-gate.js';
import { Flags } from './flags.js';
import { gatesOf } from './gate-metadata.js';

/**
 * Checks every gate when the application starts: an unknown flag fails the start. Gives the flags to instances that a factory
 * made, into which Nest does not inject.
 */
@Injectable()
export class FlagExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly flags: Flags,
  ) {}

  /** @throws LarderFlagError for a gate with an unknown flag */
  onModuleInit(): void {
    for (const { instance } of [...this.discovery.getControllers(), ...this.discovery.getProviders()]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const gates = gatesOf(Object.getPrototypeOf(instance) ?? {});
      for (const flag of gates) this.flags.isEnabled(flag);
      if (gates.length > 0) (instance as Gated)[FLAGS] ??= this.flags;
    }
  }
}
