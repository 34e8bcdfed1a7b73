import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { Accounts } from './accounts.js';
import { CallbackController } from './connect/callback.controller.js';
import { Connecting } from './connect/connecting.js';
import { PublicUrl } from './connect/public-url.js';
import type { IntegrationOptions } from './integration-variables.js';
import { IntegrationsController } from './integrations.controller.js';
import { IntegrationsUpkeep } from './integrations-upkeep.js';
import { Providers } from './provider/provider.js';
import { PROVIDER_TIMEOUT, ProviderCalls } from './provider/provider-calls.js';
import { DueAccounts } from './refresh/due-accounts.js';
import { RefreshClaims } from './refresh/refresh-claims.js';
import { TokenRefresh } from './refresh/token-refresh.js';
import { ownKey } from './vault/own-key.js';
import { Resealing } from './vault/resealing.js';
import { Seals } from './vault/seals.js';
import { TokenVault } from './vault/token-vault.js';

@Module({})
export class IntegrationsModule {
  static of({ integrations, dataDir }: { integrations: IntegrationOptions; dataDir: string }): DynamicModule {
    const { providers, tokenKeys, publicUrl, providerTimeout } = integrations;
    return {
      module: IntegrationsModule,
      imports: [SignInModule, NotificationsModule],
      controllers: [IntegrationsController, CallbackController],
      providers: [
        { provide: Providers, useValue: new Providers(providers) },
        { provide: PROVIDER_TIMEOUT, useValue: providerTimeout },
        {
          provide: TokenVault,
          // Without providers no key is needed; do not create a key file.
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
        RefreshClaims,
        TokenRefresh,
        Resealing,
        IntegrationsUpkeep,
      ],
    };
  }
}
