import { rm } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newDataDir } from '../arena/arena.js';
import { ArenaProcess } from '../arena/arena-process.js';
import { SideDoor } from '../arena/side-door.js';
import { startChromium } from './chromium.js';

/** People in front of the pages of an arena, which is a process of its own: the pages need the built client of live queries. */
export class Visitors {
  /** Errors of pages, and requests that left arena. */
  readonly faults: string[] = [];

  private constructor(
    readonly url: string,
    private readonly dataDir: string,
    private readonly arena: ArenaProcess,
    private readonly browser: Browser,
  ) {}

  static async start(): Promise<Visitors> {
    const dataDir = await newDataDir();
    const arena = ArenaProcess.start({ ARENA_DATA_DIR: dataDir });
    return new Visitors(await arena.ready(), dataDir, arena, await startChromium());
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.arena.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** A browser of its own, signed in as a demo player or as a guest. */
  async visitor(player?: number, options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext(options);
    if (player !== undefined) {
      const token = await this.signIn(player);
      // The blank document that a page begins with has no storage.
      await context.addInitScript(
        `if (location.protocol !== 'about:') localStorage.setItem('arena-token', '${token}')`,
      );
    }
    context.on('weberror', (error) => this.faults.push(String(error.error())));
    context.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    context.on('request', (request) => {
      const isOwn = new URL(request.url()).origin === this.url || request.url().startsWith('data:');
      if (!isOwn) this.faults.push(request.url());
    });
    return context;
  }

  /** Opens a page, and waits until it shows a text. */
  async open(context: BrowserContext, path: string, shows: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(this.url + path);
    await page.getByText(shows).first().waitFor();
    return page;
  }

  /** Runs SQL past arena. */
  async runSql(statement: string): Promise<void> {
    const database = await SideDoor.open(this.dataDir);
    await database.run(statement);
    await database.close();
  }

  private async signIn(player: number): Promise<string> {
    const response = await fetch(`${this.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: `player${player}@arena.test`, password: 'arena' }),
    });
    return ((await response.json()) as { token: string }).token;
  }
}
