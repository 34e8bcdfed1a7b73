import type { IncomingMessage } from 'node:http';
import { Body, Controller, HttpCode, HttpStatus, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { ClientAddresses } from '../../platform/http/requests/client-addresses.js';
import { type Credentials, credentials, type SignedInAnswer, signedIn } from './sign-in.schemas.js';
import { SignInLimits } from './sign-in-limits.js';
import { Tokens } from './tokens.js';
import { Users } from './users/users.js';

@ApiTags('Sign-in')
@Controller('auth')
export class SignInController {
  constructor(
    private readonly users: Users,
    private readonly tokens: Tokens,
    private readonly limits: SignInLimits,
    private readonly addresses: ClientAddresses,
  ) {}

  @Post('sign-in')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Sign in and get a token' })
  @ApiOkResponse({ standardSchema: signedIn, description: 'Signed in' })
  @AnswersProblem(HttpStatus.UNAUTHORIZED, 'Unknown address or wrong password')
  @AnswersProblem(HttpStatus.TOO_MANY_REQUESTS, 'Too many sign-ins from this address')
  async signIn(
    @Body({ schema: credentials }) { email, password }: Credentials,
    @Req() request: IncomingMessage,
  ): Promise<SignedInAnswer> {
    const address = this.addresses.of(request);
    const user = await this.limits.within(address, () => this.users.identify(email, password));
    if (!user) throw wrongCredentials();
    return { token: await this.tokens.issue(user) };
  }
}

function wrongCredentials(): Problem {
  return new Problem(HttpStatus.UNAUTHORIZED, 'wrong-credentials', 'Unknown address or wrong password.', {
    headers: { 'WWW-Authenticate': 'Bearer realm="arena"' },
  });
}
