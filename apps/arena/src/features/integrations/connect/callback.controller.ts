import type { IncomingMessage } from 'node:http';
import { Controller, Get, Header, Param, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { html } from '../../../platform/pages/html.js';
import { providerParameter } from '../integration.schemas.js';
import { secretIn } from './browser-secret.js';
import { Connecting } from './connecting.js';
import { PublicUrl } from './public-url.js';

/** Redirect target of providers. Without a bearer token: the browser is identified by its secret cookie. */
@ApiExcludeController()
@Controller('integrations')
export class CallbackController {
  constructor(
    private readonly connecting: Connecting,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get(':provider/callback')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'")
  @Header('Cache-Control', 'no-store')
  @Header('Referrer-Policy', 'no-referrer')
  async complete(
    @Param('provider', { schema: providerParameter }) provider: string,
    @Req() request: IncomingMessage,
  ): Promise<string> {
    const publicUrl = this.publicUrl.get();
    const answer = new URL(request.url ?? '', publicUrl).searchParams;
    const secret = secretIn(request, answer.get('state') ?? '', publicUrl);
    const { accountName } = await this.connecting.complete(provider, answer, secret);
    return html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Connected</title></head>
  <body><h1>Connected</h1><p>Your account ${accountName} of ${provider} is connected. You can close this page.</p></body>
</html>
`.markup;
  }
}
