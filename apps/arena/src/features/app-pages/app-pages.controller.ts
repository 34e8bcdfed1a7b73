import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { id } from '../../platform/http/requests/id.js';
import { html } from '../../platform/pages/html.js';
import { PAGE_POLICY, type Place, pageOf } from '../../platform/pages/page.js';

const PAGES = new URL('../../../pages/', import.meta.url);
const JAVASCRIPT = 'text/javascript; charset=utf-8';

interface PageKind {
  readonly title: string;
  readonly about: string;
  /** Whether there is a page for each thing too, such as `/app/market/7`. */
  readonly hasThings?: boolean;
}

const KINDS: Readonly<Record<string, PageKind>> = {
  tournaments: {
    title: 'Tournaments',
    about: 'Lists and players follow each change by themselves.',
    hasThings: true,
  },
  venues: { title: 'Venues', about: 'Where to play: tables, and the next tournaments.', hasThings: true },
  market: {
    title: 'Market',
    about: 'Items for sale. Offers and sales show at once, in every browser.',
    hasThings: true,
  },
  notifications: { title: 'Notifications', about: 'They arrive while you look.' },
  calls: {
    title: 'Call centre',
    about: 'The calls of your team, written by another program. Try npm run calls.',
  },
  releases: {
    title: 'Releases',
    about: 'Software of venues: deployments, and versions that they can be updated to.',
  },
  account: { title: 'You', about: 'Your account, and what you sell and bid for.' },
};

/** The modules of the pages: from `pages/`, or from a package. */
const MODULES: Readonly<Record<string, URL>> = {
  ...Object.fromEntries(['app.js', 'server.js', 'parts.js', 'sources.js'].map((name) => [name, new URL(name, PAGES)])),
  'htm.js': new URL(import.meta.resolve('htm/preact/standalone')),
  'live-client.js': new URL(import.meta.resolve('nest-larder/client')),
};
const VIEWS = ['account.js', 'calls.js', 'market.js', 'notifications.js', 'releases.js', 'tournaments.js', 'venues.js'];

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

  @Get(':name')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  page(@Param('name') name: string): string {
    return pageOfKind(name, kindOf(name));
  }

  @Get(':name/:id')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  thing(@Param('name') name: string, @Param('id') thing: string): string {
    const kind = kindOf(name);
    if (!kind.hasThings || !id.safeParse(thing).success) throw notFound(`${name}/${thing}`);
    return pageOfKind(name, kind);
  }
}

function kindOf(name: string): PageKind {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) throw notFound(name);
  return kind;
}

function pageOfKind(name: string, { title, about }: PageKind): string {
  const content = html`<p>Loading. The pages need JavaScript.</p>`;
  return pageOf({ title, about, place: `/app/${name}` as Place, script: '/app/app.js', content });
}

function notFound(name: string): NotFoundException {
  return new NotFoundException(`There is no page ${name}.`);
}
