import type { ServerResponse as Response } from 'node:http';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  HttpStatus,
  NotFoundException,
  Post,
  Query,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Advice,
  Cache,
  type CacheStats,
  type EntryInfo,
  type FleetStats,
  type Key,
  LarderClearError,
} from 'nest-larder';
import { z } from 'zod';
import { AnswersProblem } from '../../platform/http/openapi/problems.js';
import { Problem } from '../../platform/http/problems/problem.js';
import { ForAdmins } from './access.js';
import {
  adminStats,
  advice,
  type ClearOrder,
  clearOrder,
  clearRequest,
  entry,
  fleetStats,
  HALF_CLEARED,
  type HalfCleared,
  halfCleared,
  ofFleet,
} from './cache-admin.schemas.js';
import {
  type InvalidationReportAnswer,
  invalidationReport,
  keyText,
  namesOf,
  type Targets,
  targets,
  toReport,
} from './cache-targets.js';
import { LINES, warmLines } from './warming/warm-lines.js';
import { Warming, type WarmOrder, type WarmReportsAnswer, warmOrder, warmReports } from './warming/warming.js';

@ApiTags('Admin: cache')
@Controller('admin/cache')
@ForAdmins()
export class CacheAdminController {
  constructor(
    private readonly cache: Cache,
    private readonly warming: Warming,
  ) {}

  @Get('advice')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Read what TTLs and memory would be better for this process, and what they would give' })
  @ApiOkResponse({ standardSchema: advice, description: 'Empty if LARDER_ADVISER is off' })
  advice(): Advice | Record<string, never> {
    return this.cache.advice() ?? {};
  }

  @Get('stats')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Read the cache statistics of this process by method and by tag, or those of all arenas' })
  @ApiOkResponse({
    standardSchema: z.union([adminStats, fleetStats]),
    description: 'Statistics since the process started; with `fleet=1` those of all arenas, and of the last hour',
  })
  @ApiQuery({ name: 'fleet', required: false })
  async stats(@Query('fleet', { schema: ofFleet }) fleet: boolean): Promise<CacheStats | FleetStats> {
    return fleet ? this.cache.stats({ fleet }) : this.cache.stats();
  }

  @Get('inspect')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Explain why a key is a hit or a miss' })
  @ApiOkResponse({ standardSchema: entry, description: 'The stored entry' })
  @AnswersProblem(HttpStatus.NOT_FOUND, 'Nothing is')
  async inspect(@Query('key', { schema: keyText }) key: Key): Promise<EntryInfo> {
    const found = await this.cache.inspect(key);
    if (found === undefined) throw new NotFoundException(`Nothing is cached under ${JSON.stringify(key)}.`);
    return found;
  }

  @Post('invalidate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Invalidate keys, tags and patterns on every arena' })
  @ApiOkResponse({ standardSchema: invalidationReport, description: 'The result of each target' })
  async invalidate(@Body({ schema: targets }) named: Targets): Promise<InvalidationReportAnswer> {
    const names = namesOf(named);
    const { continueOnError } = named;
    const invalidate = () => this.cache.invalidateAll([...names.keys()], { continueOnError });
    const invalidated = this.cache.attribute('console', invalidate);
    return toReport(await invalidated, names);
  }

  @Post('warm')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Warm the pages that visitors request first; with `Accept: application/x-ndjson`, show the progress',
  })
  @ApiOkResponse({ standardSchema: warmReports, description: 'The result of each page' })
  async warm(
    @Body({ schema: warmOrder }) order: WarmOrder,
    @Headers('accept') accept = '',
  ): Promise<WarmReportsAnswer | StreamableFile> {
    if (!accept.includes(LINES)) return this.warming.warm(order);
    const lines = warmLines((onStep) => this.warming.warm(order, onStep));
    return new StreamableFile(Readable.from(lines, { objectMode: false }), { type: LINES });
  }

  @Post('clear-requests')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Request a token to clear the cache: the first of two steps' })
  @ApiCreatedResponse({
    standardSchema: clearRequest,
    description: 'A token for the second step, valid once and for one minute',
  })
  async requestClear(): Promise<{ token: string; expiresAt: Date }> {
    return this.cache.requestClear();
  }

  @Post('clear')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Clear the cache on every process: the second of two steps' })
  @ApiNoContentResponse({ description: 'Forgotten' })
  @ApiAcceptedResponse({ standardSchema: halfCleared, description: 'This process is cleared; Redis is unreachable' })
  @AnswersProblem(HttpStatus.CONFLICT, 'Unknown, used or expired token; nothing was cleared')
  async clear(
    @Body({ schema: clearOrder }) { token }: ClearOrder,
    @Res({ passthrough: true }) response: Response,
  ): Promise<HalfCleared | undefined> {
    try {
      const { delivered } = await this.cache.attribute('console', () => this.cache.clear(token));
      if (delivered) return undefined;
      response.statusCode = HttpStatus.ACCEPTED;
      return { delivered, detail: HALF_CLEARED };
    } catch (error) {
      if (!(error instanceof LarderClearError)) throw error;
      const detail = 'Invalid clear token: unknown, used or expired. Nothing was cleared. Request a new one.';
      throw new Problem(HttpStatus.CONFLICT, 'clear-refused', detail);
    }
  }
}
