import { Controller, Get, Header, Headers, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { OPEN_DATABASE, type OpenDatabase } from '../database/open-database.js';
import { Census } from './census.js';
import { startPage } from './start-page.js';

@ApiExcludeController()
@Controller()
export class StartPageController {
  constructor(
    private readonly census: Census,
    @Inject(OPEN_DATABASE) private readonly database: OpenDatabase,
  ) {}

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
  async show(@Headers('host') host = 'localhost'): Promise<string> {
    return startPage({
      host,
      parts: {
        Database: this.database.description,
        Process: `Node.js ${process.versions.node}, number ${process.pid}, up for ${Math.round(process.uptime())} s`,
      },
      counts: await this.census.take(),
    });
  }
}
