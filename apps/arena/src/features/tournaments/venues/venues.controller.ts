import { Controller, Get, HttpStatus, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../../platform/http/openapi/problems.js';
import { id } from '../../../platform/http/requests/id.js';
import { venuePages } from './venue.keys.js';
import { type VenueList, type VenueWithTournaments, venueList, venueWithTournaments } from './venue.schemas.js';
import { Venues } from './venues.js';

// With jitter, not all pages load in the same second an hour later. Everyone reads the same bytes, so that the fast lane may
// answer before Nest routes the request.
const PAGE = { ttl: '1h', jitter: 0.1, scope: 'shared', http: { fastLane: true } } as const;

@ApiTags('Venues')
@Controller('v1/venues')
export class VenuesController {
  constructor(private readonly venues: Venues) {}

  @Get()
  @ApiOperation({ summary: 'List the venues, by city' })
  @ApiOkResponse({ standardSchema: venueList, description: 'All venues' })
  @Cacheable({ key: venuePages.list, dependsOn: 'queries', ...PAGE })
  async list(): Promise<VenueList> {
    return this.venues.list();
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a venue and its next tournaments' })
  @ApiOkResponse({ standardSchema: venueWithTournaments, description: 'The venue' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such venue')
  @Cacheable({ key: venuePages.one, dependsOn: 'queries', ...PAGE })
  async one(@Param('id', { schema: id }) venueId: string): Promise<VenueWithTournaments> {
    return this.venues.one(venueId);
  }
}
