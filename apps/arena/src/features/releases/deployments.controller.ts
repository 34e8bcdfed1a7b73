import { Body, Controller, Get, Header, HttpCode, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { id } from '../../platform/http/requests/id.js';
import type { Page } from '../../platform/http/requests/page.js';
import { CurrentUser, ForSignedIn } from '../sign-in/access/access.js';
import type { User } from '../sign-in/users/user.js';
import { Deployments } from './deployments.js';
import { PendingUpdates } from './pending-updates.js';
import {
  type Deployment,
  type DeploymentMove,
  type DeploymentQuery,
  deployment,
  deploymentMove,
  deploymentPage,
  deploymentQuery,
  type PendingUpdates as PendingUpdatesAnswer,
  pendingUpdates,
} from './release.schemas.js';

/** Each request checks the user's access to a deployment; the cached response is shared by all users with access. */
@ApiTags('Releases')
@Controller('v1/deployments')
@ForSignedIn()
export class DeploymentsController {
  constructor(
    private readonly deployments: Deployments,
    private readonly pendingUpdates: PendingUpdates,
  ) {}

  @Get()
  @Header('Cache-Control', 'private, no-cache')
  @ApiOperation({ summary: 'List the deployments of your tenants; the staff sees all deployments' })
  @ApiOkResponse({ standardSchema: deploymentPage, description: 'One page of deployments' })
  async list(
    @CurrentUser() user: User,
    @Query({ schema: deploymentQuery }) query: DeploymentQuery,
  ): Promise<Page<Deployment>> {
    return this.deployments.list(user, query);
  }

  @Get(':id')
  @Header('Cache-Control', 'private, no-cache')
  @ApiOperation({ summary: 'Read a deployment and the version that it runs' })
  @ApiOkResponse({ standardSchema: deployment, description: 'The deployment' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such deployment, or of a tenant that you do not belong to')
  async read(@CurrentUser() user: User, @Param('id', { schema: id }) deploymentId: string): Promise<Deployment> {
    return this.deployments.show(await this.deployments.find(user, deploymentId));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Move a deployment to a released version of its product, newer or older' })
  @ApiOkResponse({ standardSchema: deployment, description: 'The deployment at its new version' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such deployment, or of a tenant that you do not belong to')
  @AnswersProblem(HttpStatus.CONFLICT, 'Its product has no such version, or the version is not released')
  async move(
    @CurrentUser() user: User,
    @Param('id', { schema: id }) deploymentId: string,
    @Body({ schema: deploymentMove }) { version }: DeploymentMove,
  ): Promise<Deployment> {
    const place = await this.deployments.find(user, deploymentId);
    await this.deployments.move(place, version);
    return this.deployments.show(place);
  }

  @Get(':id/pending-updates')
  @Header('Cache-Control', 'private, no-cache')
  @ApiOperation({ summary: 'List the pending updates of a deployment' })
  @ApiOkResponse({ standardSchema: pendingUpdates, description: 'The pending updates' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such deployment, or of a tenant that you do not belong to')
  async pending(
    @CurrentUser() user: User,
    @Param('id', { schema: id }) deploymentId: string,
  ): Promise<PendingUpdatesAnswer> {
    return this.pendingUpdates.of(await this.deployments.find(user, deploymentId));
  }

  @Post(':id/refresh')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Invalidate everything cached about a deployment' })
  @ApiNoContentResponse({ description: 'The next request reads from the database' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such deployment, or of a tenant that you do not belong to')
  async refresh(@CurrentUser() user: User, @Param('id', { schema: id }) deploymentId: string): Promise<void> {
    await this.deployments.refresh(await this.deployments.find(user, deploymentId));
  }
}
