import { Module } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.js';
import { Profiles } from './profiles.js';
import { SignInController } from './sign-in.controller.js';
import { SignedIn } from './signed-in.guard.js';
import { tokenSecret } from './token-secret.js';
import { Tokens } from './tokens.js';
import { Users } from './users.js';

@Module({
  controllers: [SignInController],
  providers: [
    Users,
    Profiles,
    SignedIn,
    {
      provide: Tokens,
      inject: [DATABASE],
      useFactory: async (database: Database) => new Tokens(await tokenSecret(database)),
    },
  ],
  exports: [Tokens, Profiles],
})
export class SignInModule {}
