import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DEMO_USERS } from '../../platform/config/deployment.module.js';
import { PAGE_POLICY } from '../../platform/pages/page.js';
import { livePage } from './live-page.js';

const PAGES = new URL('../../../pages/', import.meta.url);

/** A page with a moving map and a live list of tournaments. */
@ApiExcludeController()
@Controller('live')
export class LivePageController {
  constructor(@Inject(DEMO_USERS) private readonly hasDemoUsers: boolean) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  page(): string {
    return livePage(this.hasDemoUsers);
  }

  @Get('live.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): Promise<string> {
    return readFile(new URL('live.js', PAGES), 'utf8');
  }
}
