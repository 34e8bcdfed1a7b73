import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PAGE_POLICY } from '../../platform/pages/page.js';
import { LIVE_PAGE } from './live-page.js';

const PAGES = new URL('../../../pages/', import.meta.url);
const CLIENT = import.meta.resolve('nest-larder/client');

/** A page with a moving map and a live list of tournaments. */
@ApiExcludeController()
@Controller('live')
export class LivePageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  page(): string {
    return LIVE_PAGE;
  }

  @Get('live.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): Promise<string> {
    return readFile(new URL('live.js', PAGES), 'utf8');
  }

  @Get('live-client.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  client(): Promise<string> {
    return readFile(fileURLToPath(CLIENT), 'utf8');
  }
}
