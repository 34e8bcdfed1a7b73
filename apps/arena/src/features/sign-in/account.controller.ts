import type { IncomingMessage } from 'node:http';
import { Body, Controller, Get, HttpCode, HttpStatus, Patch, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { ClientAddresses } from '../../platform/http/requests/client-addresses.js';
import { CurrentUser, ForSignedIn } from './access/access.js';
import {
  type Me,
  type MeChanges,
  me,
  meChanges,
  type NewAccount,
  newAccount,
  type PasswordChange,
  passwordChange,
} from './account.schemas.js';
import { type SignedInAnswer, signedIn } from './sign-in.schemas.js';
import { SignInLimits } from './sign-in-limits.js';
import { Tokens } from './tokens.js';
import { Accounts } from './users/accounts.js';
import { meKey } from './users/profile.js';
import type { User } from './users/user.js';

@ApiTags('Sign-in')
@Controller()
export class AccountController {
  constructor(
    private readonly accounts: Accounts,
    private readonly tokens: Tokens,
    private readonly limits: SignInLimits,
    private readonly addresses: ClientAddresses,
  ) {}

  @Post('auth/sign-up')
  @ApiOperation({ summary: 'Create an account and get a token' })
  @ApiCreatedResponse({ standardSchema: signedIn, description: 'Signed up and signed in' })
  @AnswersProblem(HttpStatus.CONFLICT, 'The address has an account')
  @AnswersProblem(HttpStatus.TOO_MANY_REQUESTS, 'Too many attempts from this address')
  async signUp(
    @Body({ schema: newAccount }) account: NewAccount,
    @Req() request: IncomingMessage,
  ): Promise<SignedInAnswer> {
    // An address that is taken counts as a failure: accounts cannot be guessed faster than passwords.
    const user = await this.limits.within(this.addresses.of(request), () => this.accounts.create(account));
    if (user) return { token: await this.tokens.issue(user) };
    throw new Problem(HttpStatus.CONFLICT, 'email-taken', `There is an account for ${account.email} already.`);
  }

  @Get('me')
  @ForSignedIn()
  @ApiOperation({ summary: 'Read your account' })
  @ApiOkResponse({ standardSchema: me, description: 'Your account' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'The account was removed')
  @Cacheable({ key: ({ id }: User) => meKey(id), ttl: '10m', scope: 'user', http: { maxAge: 0 } })
  async me(@CurrentUser() user: User): Promise<Me> {
    return this.accounts.one(user.id);
  }

  @Patch('me')
  @ForSignedIn()
  @ApiOperation({ summary: 'Change your name' })
  @ApiOkResponse({ standardSchema: me, description: 'Your changed account' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'The account was removed')
  async rename(@CurrentUser() user: User, @Body({ schema: meChanges }) { name }: MeChanges): Promise<Me> {
    return this.accounts.rename(user.id, name);
  }

  @Post('me/password')
  @ForSignedIn()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Change your password' })
  @ApiNoContentResponse({ description: 'Changed; your tokens stay valid until they expire' })
  @AnswersProblem(HttpStatus.FORBIDDEN, 'The current password is wrong')
  @AnswersProblem(HttpStatus.TOO_MANY_REQUESTS, 'Too many attempts from this address')
  async changePassword(
    @CurrentUser() user: User,
    @Body({ schema: passwordChange }) { current, password }: PasswordChange,
    @Req() request: IncomingMessage,
  ): Promise<void> {
    const change = () => this.accounts.changePassword(user.id, current, password);
    if (await this.limits.within(this.addresses.of(request), change)) return;
    throw new Problem(HttpStatus.FORBIDDEN, 'wrong-password', 'The current password is wrong.');
  }
}
