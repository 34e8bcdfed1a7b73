import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { CHANNELS } from 'nest-larder/observability';

it('docs/observability.md has a row for each channel', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/observability.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(nest-larder:[a-z]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(CHANNELS);
});
