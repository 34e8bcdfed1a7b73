import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from '@jest/globals';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The program in `CHROMIUM`, else one on `PATH`. */
const program = process.env.CHROMIUM || onPath();

/** Tests that need Chromium. They are skipped without it; the reporter says how to install it. */
export const describeInBrowser = program === undefined ? describe.skip : describe;

/** A headless browser. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: found(), args: ARGUMENTS });
}

/** A headless browser with a cache on disk. */
export async function startChromiumIn(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { executablePath: found(), args: ARGUMENTS });
}

function found(): string {
  if (program === undefined) throw new Error('There is no Chromium: set CHROMIUM to its path, or install it on PATH.');
  return program;
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
