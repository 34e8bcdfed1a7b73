import { access } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser without a window: the one in `LARDER_TEST_CHROMIUM`, or one that the machine has. */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env.LARDER_TEST_CHROMIUM ?? (await installed());
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  return chromium.launch({ executablePath, args: [...args, '--disable-component-update', '--disable-sync'] });
}

async function installed(): Promise<string> {
  for (const place of PLACES) {
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  throw new Error(
    `These tests need Chromium: set LARDER_TEST_CHROMIUM to its path, or install it as one of ${PLACES}.`,
  );
}
