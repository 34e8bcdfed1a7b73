import type { ServerResponse } from 'node:http';
import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { CurrentUser, ForSignedIn } from '../sign-in/access/access.js';
import type { User } from '../sign-in/users/user.js';
import { Accounts } from './accounts.js';
import { giveSecret } from './connect/browser-secret.js';
import { Connecting } from './connect/connecting.js';
import { PublicUrl } from './connect/public-url.js';
import { integrationKeys } from './integration.keys.js';
import {
  type BegunConnection,
  begunConnection,
  type Disconnected,
  type DisconnectQuery,
  disconnected,
  disconnectQuery,
  type Integrations,
  integrations,
  providerParameter,
  type RefreshOrder,
  type RefreshReport,
  refreshOrder,
  refreshReport,
} from './integration.schemas.js';
import { Providers } from './provider/provider.js';
import { toReport } from './refresh/report.js';
import { TokenRefresh } from './refresh/token-refresh.js';

@ApiTags('Integrations')
@Controller('integrations')
@ForSignedIn()
export class IntegrationsController {
  constructor(
    private readonly accounts: Accounts,
    private readonly providers: Providers,
    private readonly connecting: Connecting,
    private readonly tokens: TokenRefresh,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List your connected accounts and the providers' })
  @ApiOkResponse({ standardSchema: integrations, description: 'Your accounts, without tokens' })
  @Cacheable({
    key: ({ id }: User) => integrationKeys.list(id),
    ttl: '5m',
    scope: 'user',
    http: { maxAge: 0 },
  })
  async list(@CurrentUser() user: User): Promise<Integrations> {
    const providers = this.providers.all.map(({ name, title }) => ({ name, title: title ?? name }));
    return { accounts: await this.accounts.list(user.id), providers };
  }

  @Post('refresh')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Refresh the tokens of your accounts, five at a time',
    description: 'Takes a list of accounts; without a list, all of yours are refreshed.',
  })
  @ApiOkResponse({ standardSchema: refreshReport, description: 'The accounts that were refreshed, and the failures' })
  async refresh(
    @CurrentUser() user: User,
    @Body({ schema: refreshOrder }) order: RefreshOrder,
  ): Promise<RefreshReport> {
    const report = await this.tokens.ofUser(user.id, Array.isArray(order) ? order : undefined);
    return toReport(report, await this.accounts.list(user.id));
  }

  @Post(':provider/connect')
  @ApiOperation({
    summary: 'Start to connect an account',
    description: 'Sets a cookie: open the returned address in the same browser within ten minutes.',
  })
  @ApiCreatedResponse({ standardSchema: begunConnection, description: 'The address where the user authorises arena' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such provider')
  async connect(
    @CurrentUser() user: User,
    @Param('provider', { schema: providerParameter }) provider: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<BegunConnection> {
    const { url, expiresAt, state, browserSecret } = await this.connecting.begin(user.id, provider);
    giveSecret(response, state, browserSecret, this.publicUrl.get());
    return { url, expiresAt };
  }

  @Delete(':provider')
  @ApiOperation({ summary: 'Disconnect an account' })
  @ApiOkResponse({ standardSchema: disconnected, description: 'The account is removed from arena' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'You have no such account of that provider')
  @AnswersProblem(HttpStatus.CONFLICT, 'You have several of that provider, and named none')
  async disconnect(
    @CurrentUser() user: User,
    @Param('provider', { schema: providerParameter }) provider: string,
    @Query({ schema: disconnectQuery }) { accountId }: DisconnectQuery,
  ): Promise<Disconnected> {
    return this.connecting.disconnect(user.id, provider, accountId);
  }
}
