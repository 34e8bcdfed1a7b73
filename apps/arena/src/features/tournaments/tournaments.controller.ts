import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { id } from '../../platform/http/requests/id.js';
import type { Page } from '../../platform/http/requests/page.js';
import { ForOrganisers } from '../sign-in/access/access.js';
import { tournamentKeys } from './tournament.keys.js';
import {
  FIRST_TOURNAMENTS,
  type NewTournament,
  newTournament,
  type Tournament,
  type TournamentChanges,
  type TournamentQuery,
  tournament,
  tournamentChanges,
  tournamentPage,
  tournamentQuery,
} from './tournament.schemas.js';
import { Tournaments } from './tournaments.js';

@ApiTags('Tournaments')
@Controller('v1/tournaments')
export class TournamentsController {
  constructor(private readonly tournaments: Tournaments) {}

  @Get()
  @ApiOperation({ summary: 'List the tournaments, the latest first' })
  @ApiOkResponse({ standardSchema: tournamentPage, description: 'One page of tournaments' })
  @Cacheable({
    key: tournamentKeys.list,
    ttl: '5m',
    dependsOn: 'queries',
    // Lists in use never expire under a visitor.
    refreshAhead: 0.8,
    scope: 'shared',
    critical: FIRST_TOURNAMENTS,
  })
  async list(@Query({ schema: tournamentQuery }) query: TournamentQuery): Promise<Page<Tournament>> {
    return this.tournaments.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a tournament' })
  @ApiOkResponse({ standardSchema: tournament, description: 'The tournament' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  @Cacheable({ key: tournamentKeys.one, ttl: '10m', dependsOn: 'queries', scope: 'shared' })
  async one(@Param('id', { schema: id }) tournamentId: string): Promise<Tournament> {
    return this.tournaments.one(tournamentId);
  }

  @Post()
  @ForOrganisers()
  @ApiOperation({ summary: 'Create a tournament' })
  @ApiCreatedResponse({ standardSchema: tournament, description: 'The new tournament' })
  @AnswersProblem(HttpStatus.UNPROCESSABLE_ENTITY, 'No such venue')
  async create(@Body({ schema: newTournament }) plan: NewTournament): Promise<Tournament> {
    return this.tournaments.create(plan);
  }

  @Patch(':id')
  @ForOrganisers()
  @ApiOperation({ summary: 'Change a tournament' })
  @ApiOkResponse({ standardSchema: tournament, description: 'The changed tournament' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  @AnswersProblem(HttpStatus.CONFLICT, 'More players have entered than the new capacity allows')
  @AnswersProblem(HttpStatus.UNPROCESSABLE_ENTITY, 'No such venue')
  async update(
    @Param('id', { schema: id }) tournamentId: string,
    @Body({ schema: tournamentChanges }) changes: TournamentChanges,
  ): Promise<Tournament> {
    return this.tournaments.update(tournamentId, changes);
  }

  @Delete(':id')
  @ForOrganisers()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Remove a tournament and its entries' })
  @ApiNoContentResponse({ description: 'Removed' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such tournament')
  async remove(@Param('id', { schema: id.meta({ example: '1000' }) }) tournamentId: string): Promise<void> {
    await this.tournaments.remove(tournamentId);
  }
}
