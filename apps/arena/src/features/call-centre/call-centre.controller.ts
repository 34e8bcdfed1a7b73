import { Controller, Get, Header, HttpStatus, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { id } from '../../platform/http/requests/id.js';
import { CurrentUser, ForSignedIn } from '../sign-in/access/access.js';
import type { User } from '../sign-in/users/user.js';
import { dashboardKeys } from './call-centre.keys.js';
import { type AgentPerformance, agentPerformance, type Dashboard, dashboard } from './call-centre.schemas.js';
import { Dashboards } from './dashboards.js';
import { NoteLook } from './note-look.js';
import { Performances } from './performances.js';

@ApiTags('Call centre')
@Controller()
@ForSignedIn()
export class CallCentreController {
  constructor(
    private readonly dashboards: Dashboards,
    private readonly performances: Performances,
  ) {}

  /** Screens poll this every few seconds; most responses are 304. */
  @Get('dashboard')
  @UseInterceptors(NoteLook)
  @ApiOperation({ summary: 'Read the dashboard of your team' })
  @ApiOkResponse({ standardSchema: dashboard, description: 'The last 30 days and today' })
  @Cacheable({
    key: ({ id }: User) => dashboardKeys.page(id),
    ttl: '1m',
    dependsOn: 'queries',
    scope: 'user',
    http: { maxAge: 0 },
  })
  async dashboard(@CurrentUser() user: User): Promise<Dashboard> {
    return this.dashboards.of(user.id);
  }

  @Get('agents/:id/performance')
  @Header('Cache-Control', 'private, no-cache')
  @ApiOperation({ summary: 'Read the performance of an agent of your team' })
  @ApiOkResponse({ standardSchema: agentPerformance, description: 'The last 30 days and today' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such agent in your team')
  async performance(
    @CurrentUser() user: User,
    @Param('id', { schema: id }) agentId: string,
  ): Promise<AgentPerformance> {
    return this.performances.of(await this.performances.find(user, agentId));
  }
}
