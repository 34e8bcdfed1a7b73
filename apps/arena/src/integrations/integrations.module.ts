import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NotificationsModule } from '../notifications/notifications.module.js';
import type { ArenaOptions } from '../options/arena-options.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { Accounts } from './accounts.js';
import { CallbackController } from './callback.controller.js';
import { Connecting } from './connecting.js';
import { DueAccounts } from './due-accounts.js';
import { IntegrationsController } from './integrations.controller.js';
import { IntegrationsUpkeep } from './integrations-upkeep.js';
import { ownKey } from './own-key.js';
import { Providers } from './provider.js';
import { PROVIDER_DEADLINE, ProviderCalls } from './provider-calls.js';
import { PublicUrl } from './public-url.js';
import { RefreshTurns } from './refresh-turns.js';
import { Resealing } from './resealing.js';
import { Seals } from './seals.js';
import { TokenRefresh } from './token-refresh.js';
import { TokenVault } from './token-vault.js';

@Module({})
export class IntegrationsModule {
  static of({ integrations, dataDir }: Pick<ArenaOptions, 'integrations' | 'dataDir'>): DynamicModule {
    const { providers, tokenKeys, publicUrl, providerDeadline } = integrations;
    return {
      module: IntegrationsModule,
      imports: [SignInModule, NotificationsModule],
      controllers: [IntegrationsController, CallbackController],
      providers: [
        { provide: Providers, useValue: new Providers(providers) },
        { provide: PROVIDER_DEADLINE, useValue: providerDeadline },
        {
          provide: TokenVault,
          // Where no account can be connected, no key is needed, and no file is made for one.
          useFactory: async () => new TokenVault(tokenKeys ?? (providers.length > 0 ? [await ownKey(dataDir)] : [])),
        },
        { provide: Seals, inject: [TokenVault], useFactory: (vault: TokenVault) => new Seals(vault) },
        {
          provide: PublicUrl,
          inject: [HttpAdapterHost],
          useFactory: (host: HttpAdapterHost) => new PublicUrl(host, publicUrl),
        },
        ProviderCalls,
        Accounts,
        Connecting,
        DueAccounts,
        RefreshTurns,
        TokenRefresh,
        Resealing,
        IntegrationsUpkeep,
      ],
    };
  }
}
