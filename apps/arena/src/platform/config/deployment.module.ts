import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ClientAddresses } from '../http/requests/client-addresses.js';

/** Whether users of the demo data may sign in: they share one published password. */
export const DEMO_USERS = Symbol('DEMO_USERS');

/** Describes the deployment: the proxies in front of arena, and whether it is a demonstration. */
@Global()
@Module({})
export class DeploymentModule {
  static of({ proxies = 0, demoData = true }: { proxies?: number; demoData?: boolean }): DynamicModule {
    return {
      module: DeploymentModule,
      providers: [
        { provide: ClientAddresses, useValue: new ClientAddresses(proxies) },
        { provide: DEMO_USERS, useValue: demoData },
      ],
      exports: [ClientAddresses, DEMO_USERS],
    };
  }
}
