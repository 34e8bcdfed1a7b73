import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Cacheable } from 'nest-larder';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { id } from '../../platform/http/requests/id.js';
import { ForStaff } from '../sign-in/access/access.js';
import { STAFF_SCOPE } from '../sign-in/access/staff-scope.js';
import { Products } from './products.js';
import { productKeys } from './release.keys.js';
import {
  type NewProduct,
  type NewVersion,
  newProduct,
  newVersion,
  type Product,
  type ProductList,
  product,
  productList,
  type Version,
  type VersionList,
  version,
  versionList,
  versionNumber,
} from './release.schemas.js';
import { Releases } from './releases.js';

@ApiTags('Releases')
@Controller('v1/products')
@ForStaff()
export class ProductsController {
  constructor(
    private readonly products: Products,
    private readonly releases: Releases,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the products' })
  @ApiOkResponse({ standardSchema: productList, description: 'All products' })
  @Cacheable({ key: productKeys.list, ttl: '1h', scope: STAFF_SCOPE, http: { maxAge: 0 } })
  async list(): Promise<ProductList> {
    return { products: await this.products.list() };
  }

  @Post()
  @ApiOperation({ summary: 'Create a product' })
  @ApiCreatedResponse({ standardSchema: product, description: 'The product, without versions' })
  @AnswersProblem(HttpStatus.CONFLICT, 'Another product has this name')
  async create(@Body({ schema: newProduct }) description: NewProduct): Promise<Product> {
    return this.products.create(description);
  }

  @Get(':id/versions')
  @ApiOperation({ summary: 'List the versions of a product, the newest first' })
  @ApiOkResponse({ standardSchema: versionList, description: 'All versions' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such product')
  async versions(@Param('id', { schema: id }) productId: string): Promise<VersionList> {
    return { versions: await this.releases.versionsOf(productId) };
  }

  @Post(':id/versions')
  @ApiOperation({ summary: 'Create a version of a product; deployments see it after its release' })
  @ApiCreatedResponse({ standardSchema: version, description: 'The version, not released' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'No such product')
  @AnswersProblem(HttpStatus.CONFLICT, 'The product has this version already')
  async createVersion(
    @Param('id', { schema: id }) productId: string,
    @Body({ schema: newVersion }) description: NewVersion,
  ): Promise<Version> {
    return this.releases.create(productId, description);
  }

  @Post(':id/versions/:version/release')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Release a version to the deployments of its product' })
  @ApiOkResponse({ standardSchema: version, description: 'The version, released' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'The product does not have this version')
  @AnswersProblem(HttpStatus.CONFLICT, 'Released before')
  async release(
    @Param('id', { schema: id }) productId: string,
    @Param('version', { schema: versionNumber }) number: string,
  ): Promise<Version> {
    return this.releases.release(productId, number);
  }
}
