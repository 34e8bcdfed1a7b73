import { Module } from '@nestjs/common';
import { DATABASE, type Database } from '../../platform/database/database.js';
import { SignedIn } from './access/signed-in.guard.js';
import { AccountController } from './account.controller.js';
import { SignInController } from './sign-in.controller.js';
import { SignInLimits } from './sign-in-limits.js';
import { tokenSecret } from './token-secret.js';
import { Tokens } from './tokens.js';
import { Accounts } from './users/accounts.js';
import { Profiles } from './users/profiles.js';
import { Users } from './users/users.js';

/** Identifies users by their tokens. */
@Module({
  controllers: [SignInController, AccountController],
  providers: [
    Users,
    Accounts,
    SignInLimits,
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
