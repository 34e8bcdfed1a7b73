import { Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { id } from '../../platform/http/requests/id.js';
import { ForStaff } from '../sign-in/access/access.js';
import { type Version, type VersionList, version, versionList, versionNumber } from './release.schemas.js';
import { Releases } from './releases.js';

@ApiTags('Releases')
@Controller('v1/products')
@ForStaff()
export class ProductsController {
  constructor(private readonly releases: Releases) {}

  @Get(':id/versions')
  @ApiOperation({ summary: 'Look through the versions of a product, the newest first' })
  @ApiOkResponse({ standardSchema: versionList, description: 'All of them' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such product')
  async versions(@Param('id', { schema: id }) productId: string): Promise<VersionList> {
    return { versions: await this.releases.versionsOf(productId) };
  }

  @Post(':id/versions/:version/release')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Offer a version to the deployments of its product' })
  @ApiOkResponse({ standardSchema: version, description: 'The version, released' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such version of such a product')
  @AnswersProblem(HttpStatus.CONFLICT, 'Released before')
  async release(
    @Param('id', { schema: id }) productId: string,
    @Param('version', { schema: versionNumber }) number: string,
  ): Promise<Version> {
    return this.releases.release(productId, number);
  }
}
