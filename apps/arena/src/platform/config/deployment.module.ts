import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ClientAddresses } from '../http/requests/client-addresses.js';

interface Deployment {
  readonly proxies?: number;
  readonly demoData?: boolean;
  readonly dashboard?: boolean;
}

/** Whether users of the demo data may sign in: they share one published password. */
export const DEMO_USERS = Symbol('DEMO_USERS');

/** Whether the dashboard of the cache is open, for a link to it. */
export const HAS_DASHBOARD = Symbol('HAS_DASHBOARD');

/** Describes the deployment: the proxies in front of arena, and whether it is a demonstration. */
@Global()
@Module({})
export class DeploymentModule {
  static of({ proxies = 0, demoData = true, dashboard = false }: Deployment): DynamicModule {
    return {
      module: DeploymentModule,
      providers: [
        { provide: ClientAddresses, useValue: new ClientAddresses(proxies) },
        { provide: DEMO_USERS, useValue: demoData },
        { provide: HAS_DASHBOARD, useValue: dashboard },
      ],
      exports: [ClientAddresses, DEMO_USERS, HAS_DASHBOARD],
    };
  }
}
