import { type DynamicModule, Module } from '@nestjs/common';
import { AdminToken } from './admin-token.js';
import { FlagsController } from './flags.controller.js';

/** What those who run arena can look at and steer. */
@Module({})
export class AdminModule {
  /** Nothing at all without `LARDER_ADMIN_TOKEN`. */
  static forEnvironment(env: Readonly<Record<string, string | undefined>>): DynamicModule {
    if (!env.LARDER_ADMIN_TOKEN) return { module: AdminModule };
    const token = new AdminToken(env.LARDER_ADMIN_TOKEN);
    return {
      module: AdminModule,
      controllers: [FlagsController],
      providers: [{ provide: AdminToken, useValue: token }],
    };
  }
}
