import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE } from './database.js';
import { OPEN_DATABASE, type OpenDatabase } from './open-database.js';

/** Provides the database to all features, and closes it after the last request. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  static of(open: OpenDatabase): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: OPEN_DATABASE, useValue: open },
        { provide: DATABASE, useValue: open.database },
      ],
      exports: [DATABASE, OPEN_DATABASE],
    };
  }

  constructor(@Inject(OPEN_DATABASE) private readonly open: OpenDatabase) {}

  async onApplicationShutdown(): Promise<void> {
    await this.open.close();
  }
}
