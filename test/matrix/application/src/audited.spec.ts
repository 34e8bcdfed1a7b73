import { equal, match, rejects } from 'node:assert/strict';
import { createCache, LarderAuditError } from 'nest-larder';
import { auditEverything } from 'nest-larder/testing';

// From Jest or from Vitest.
type Hook = (run: () => Promise<void>) => void;
declare const it: (name: string, run: () => Promise<void>) => void;
declare const afterEach: Hook;
declare const afterAll: Hook;

let checked = 0;
let isForgotten = false;
auditEverything({
  afterEach: (check) => {
    afterEach(async () => {
      checked += 1;
      if (!isForgotten) return check();
      await rejects(check(), (error: unknown) => {
        match(String(error), /served a stale value of venues:9/);
        return error instanceof LarderAuditError;
      });
    });
  },
  afterAll,
});

async function renamed(invalidates: boolean): Promise<string> {
  const cache = await createCache();
  let name = 'old';
  const read = () => cache.getOrLoad(['venues', '9'], async () => name);
  await read();
  name = 'new';
  if (invalidates) await cache.invalidate(['venues', '9']);
  return read();
}

it('passes a test whose write invalidates what it changes', async () => {
  equal(await renamed(true), 'new');
});

it('fails a test whose write has forgotten what it changes', async () => {
  isForgotten = true;
  equal(await renamed(false), 'old');
  equal(checked, 1);
});
