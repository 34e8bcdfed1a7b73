import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { FLAGS, type Gated } from './flag-gate.js';
import { Flags } from './flags.js';
import { gatesOf } from './gate-metadata.js';

/**
 * Looks once at every gate when the application starts, so that one for a flag that does not exist is found then, and gives
 * the flags to instances that a factory made, which Nest does not inject into.
 */
@Injectable()
export class FlagExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly flags: Flags,
  ) {}

  /** @throws LarderFlagError for a gate whose flag does not exist */
  onModuleInit(): void {
    for (const { instance } of [...this.discovery.getControllers(), ...this.discovery.getProviders()]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const gates = gatesOf(Object.getPrototypeOf(instance) ?? {});
      for (const flag of gates) this.flags.isEnabled(flag);
      if (gates.length > 0) (instance as Gated)[FLAGS] ??= this.flags;
    }
  }
}
