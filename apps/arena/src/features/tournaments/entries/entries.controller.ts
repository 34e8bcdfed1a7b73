import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../../platform/http/openapi/problems.js';
import { id } from '../../../platform/http/requests/id.js';
import { NotificationPush } from '../../notifications/notification-push.js';
import { CurrentUser, ForOrganisers, ForSignedIn } from '../../sign-in/access/access.js';
import type { User } from '../../sign-in/users/user.js';
import { tournamentKeys } from '../tournament.keys.js';
import { type Tournament, tournament } from '../tournament.schemas.js';
import { Entries } from './entries.js';
import { type EntryList, entryList, type Results, results } from './entry.schemas.js';

@ApiTags('Tournaments')
@Controller('v1/tournaments/:id')
export class EntriesController {
  constructor(
    private readonly entries: Entries,
    private readonly push: NotificationPush,
  ) {}

  @Get('entries')
  @ApiOperation({ summary: 'List the players of a tournament, by place and then by time' })
  @ApiOkResponse({ standardSchema: entryList, description: 'All players' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  @Cacheable({ key: tournamentKeys.entries, ttl: '10m', dependsOn: 'queries', scope: 'shared' })
  async list(@Param('id', { schema: id }) tournamentId: string): Promise<EntryList> {
    return this.entries.of(tournamentId);
  }

  @Post('entries')
  @ForSignedIn()
  @ApiOperation({ summary: 'Enter a tournament' })
  @ApiCreatedResponse({ standardSchema: tournament, description: 'The tournament with your entry' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  @AnswersProblem(HttpStatus.CONFLICT, 'Not open, full, or entered already')
  async enter(@Param('id', { schema: id }) tournamentId: string, @CurrentUser() user: User): Promise<Tournament> {
    return this.entries.enter(tournamentId, user.id);
  }

  @Delete('entries')
  @ForSignedIn()
  @ApiOperation({ summary: 'Withdraw from a tournament' })
  @ApiOkResponse({ standardSchema: tournament, description: 'The tournament without your entry' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  @AnswersProblem(HttpStatus.CONFLICT, 'Not open, or not entered')
  async withdraw(@Param('id', { schema: id }) tournamentId: string, @CurrentUser() user: User): Promise<Tournament> {
    return this.entries.withdraw(tournamentId, user.id);
  }

  @Post('results')
  @ForOrganisers()
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Finish a tournament with its results' })
  @ApiOkResponse({ standardSchema: tournament, description: 'The finished tournament' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  @AnswersProblem(HttpStatus.CONFLICT, 'Neither running nor finished')
  @AnswersProblem(HttpStatus.UNPROCESSABLE_ENTITY, 'A player has not entered')
  async finish(
    @Param('id', { schema: id.meta({ example: '8' }) }) tournamentId: string,
    @Body({ schema: results }) { places }: Results,
  ): Promise<Tournament> {
    const { tournament, told } = await this.entries.finish(tournamentId, places);
    await this.push.told(told);
    return tournament;
  }
}
