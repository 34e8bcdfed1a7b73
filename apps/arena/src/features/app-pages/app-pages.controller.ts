import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Header, HttpStatus, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { html } from '../../platform/pages/html.js';
import { PAGE_POLICY, type Place, pageOf } from '../../platform/pages/page.js';

const PAGES = new URL('../../../pages/', import.meta.url);
const JAVASCRIPT = 'text/javascript; charset=utf-8';

const TITLES: Readonly<Record<string, readonly [title: string, about: string]>> = {
  tournaments: ['Tournaments', 'Lists and players follow each change by themselves.'],
  market: ['Market', 'Items for sale. Offers and sales show at once, in every browser.'],
  notifications: ['Notifications', 'They arrive while you look.'],
  calls: ['Call centre', 'The calls of your team, written by another program. Try npm run calls.'],
  releases: ['Releases', 'Software of venues: deployments, and versions that they can be updated to.'],
  account: ['You', 'Your account, and what you sell and bid for.'],
};

/** The modules of the pages: from `pages/`, or from a package. */
const MODULES: Readonly<Record<string, URL>> = {
  ...Object.fromEntries(['app.js', 'server.js', 'parts.js'].map((name) => [name, new URL(name, PAGES)])),
  'htm.js': new URL(import.meta.resolve('htm/preact/standalone')),
  'live-client.js': new URL(import.meta.resolve('nest-larder/client')),
};
const VIEWS = ['account.js', 'calls.js', 'market.js', 'notifications.js', 'releases.js', 'tournaments.js'];

/** Pages that people use. They are built in the browser from arena's own routes and live queries. */
@ApiExcludeController()
@Controller('app')
export class AppPagesController {
  @Get('style.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): Promise<string> {
    return readFile(new URL('style.css', PAGES), 'utf8');
  }

  @Get('views/:name')
  @Header('Content-Type', JAVASCRIPT)
  async view(@Param('name') name: string): Promise<string> {
    if (!VIEWS.includes(name)) throw new NotFoundException();
    return readFile(new URL(`views/${name}`, PAGES), 'utf8');
  }

  @Get(':name.js')
  @Header('Content-Type', JAVASCRIPT)
  async module(@Param('name') name: string): Promise<string> {
    const file = Object.hasOwn(MODULES, `${name}.js`) ? MODULES[`${name}.js`] : undefined;
    if (file === undefined) throw new NotFoundException();
    return readFile(fileURLToPath(file), 'utf8');
  }

  @Get([':name', ':name/:id'])
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  page(@Param('name') name: string, @Res({ passthrough: true }) response: ServerResponse): string {
    const [title, about] = (Object.hasOwn(TITLES, name) && TITLES[name]) || [];
    if (title === undefined || about === undefined) {
      response.statusCode = HttpStatus.NOT_FOUND;
      const content = html`<p>The links above lead to all pages.</p>`;
      return pageOf({ title: 'Not found', about: `There is no page ${name}.`, content });
    }
    const content = html`<p>Loading. The pages need JavaScript.</p>`;
    return pageOf({ title, about, place: `/app/${name}` as Place, script: '/app/app.js', content });
  }
}
