import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartProblem } from '../../../platform/lifecycle/start-problem.js';
import type { TokenKey } from './token-vault.js';

/** The default key: generated at the first start and stored in the data folder, beside the embedded database. */
export async function ownKey(dataDir: string): Promise<TokenKey> {
  const path = join(dataDir, 'token-key');
  try {
    const text = await readFile(path, 'utf8').catch(() => made(path, dataDir));
    return { id: 'own', bytes: Buffer.from(text.trim(), 'base64url') };
  } catch (cause) {
    const takes = `a key, as there is none in '${path}' and none can be put there (${(cause as Error).message})`;
    throw new StartProblem([`ARENA_TOKEN_KEY is not set; set it to ${takes}`], { cause });
  }
}

/** Written to a temporary file and linked atomically: processes that start together all use the first one's key. */
async function made(path: string, dataDir: string): Promise<string> {
  // Not by the number of the process: in containers that share the folder it is the same.
  const aside = `${path}-${randomUUID()}`;
  await mkdir(dataDir, { recursive: true });
  await writeFile(aside, randomBytes(32).toString('base64url'), { mode: 0o600 });
  await link(aside, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(aside);
  return readFile(path, 'utf8');
}
