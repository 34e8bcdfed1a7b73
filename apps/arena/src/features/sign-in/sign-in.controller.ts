import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { type Credentials, credentials, type SignedInAnswer, signedIn } from './sign-in.schemas.js';
import { Tokens } from './tokens.js';
import { Users } from './users/users.js';

@ApiTags('Sign-in')
@Controller('auth')
export class SignInController {
  constructor(
    private readonly users: Users,
    private readonly tokens: Tokens,
  ) {}

  @Post('sign-in')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Get a token' })
  @ApiOkResponse({ standardSchema: signedIn, description: 'Signed in' })
  @AnswersProblem(HttpStatus.UNAUTHORIZED, 'Unknown address or wrong password')
  async signIn(@Body({ schema: credentials }) { email, password }: Credentials): Promise<SignedInAnswer> {
    const user = await this.users.identify(email, password);
    if (!user) throw wrongCredentials();
    return { token: await this.tokens.issue(user) };
  }
}

function wrongCredentials(): Problem {
  return new Problem(HttpStatus.UNAUTHORIZED, 'wrong-credentials', 'Unknown address or wrong password.', {
    headers: { 'WWW-Authenticate': 'Bearer realm="arena"' },
  });
}
