import { type DynamicModule, Module } from '@nestjs/common';
import type { DashboardOptions } from './dashboard/options.js';
import { INJECTED, LarderParts } from './larder-parts.module.js';
import { OtherCopies } from './nest/other-copies.module.js';
import { DASHBOARD } from './registration.js';

/**
 * The dashboard, for the root module: like the option `dashboard` of `LarderModule`, for applications that keep it apart. Off in
 * production without a token and without a guard.
 */
@Module({})
export class DashboardModule {
  /**
   * The application fails to start with a LarderOptionsError for invalid options.
   *
   * @example
   * ```ts
   * import { DashboardModule } from 'nest-larder/dashboard';
   *
   * @Module({ imports: [LarderModule.forRoot(), DashboardModule.forRoot({ path: '/internal/cache' })] })
   * export class AppModule {}
   * ```
   */
  static forRoot(options: DashboardOptions = {}): DynamicModule {
    return {
      module: DashboardModule,
      imports: [LarderParts, OtherCopies.of(INJECTED)],
      providers: [{ provide: DASHBOARD, useValue: options }],
    };
  }
}
