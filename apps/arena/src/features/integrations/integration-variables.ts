import { z } from 'zod';
import { duration } from '../../platform/config/duration.js';
import { variable } from '../../platform/config/variable.js';
import { type Provider, provider } from './provider/provider.js';
import type { TokenKey } from './vault/token-vault.js';

/** Options for connected accounts. */
export interface IntegrationOptions {
  /** Providers of accounts. `ARENA_PROVIDERS`, none by default. */
  readonly providers: readonly Provider[];
  /** Keys that encrypt tokens; the first encrypts new ones. `ARENA_TOKEN_KEY`; by default a generated key in the data folder. */
  readonly tokenKeys: readonly TokenKey[] | undefined;
  /** The public origin of arena. `ARENA_PUBLIC_URL`, by default `http://localhost` and the port. */
  readonly publicUrl: string | undefined;
  /** Timeout of a provider call with its retries, in milliseconds. `ARENA_PROVIDER_TIMEOUT`, 5 s by default. */
  readonly providerTimeout: number;
}

const KEYS = 'one or more of name:key, separated by commas; a key is 32 bytes as base64 (openssl rand -base64 32)';
const ORIGIN = 'a URL without a path, such as https://arena.example.com';

export const integrationVariables = {
  ARENA_PROVIDERS: variable(
    z
      .string()
      .transform(providersIn)
      .default(() => []),
    '',
    'Where users can connect accounts: JSON (apps/arena/README.md; `npm run provider` prints some to try). Unset: none.',
  ),
  ARENA_TOKEN_KEY: variable(
    z.string().transform(keysIn).optional(),
    '',
    'What their tokens are encrypted with: name:key, the key 32 bytes as base64 (openssl rand -base64 32); the first of ' +
      'several encrypts. Unset: arena makes one in the data folder, but not in production.',
  ),
  ARENA_PUBLIC_URL: variable(
    z
      .string()
      .refine(isOrigin, ORIGIN)
      .transform((url) => new URL(url).origin)
      .optional(),
    'http://localhost:3000',
    'Where browsers find arena, and where providers send them back to. Required in production where there are providers.',
  ),
  ARENA_PROVIDER_TIMEOUT: variable(
    duration('100ms', '1m').default(5_000),
    '5s',
    'How long a call of a provider may take, retries included.',
  ),
};

/** Variables that hold secrets: errors do not repeat their values. */
export const SECRET_VARIABLES: readonly string[] = ['ARENA_PROVIDERS', 'ARENA_TOKEN_KEY'];

type Read = z.infer<z.ZodObject<typeof integrationVariables>>;

export function integrationOptionsOf(read: Read): IntegrationOptions {
  return {
    providers: read.ARENA_PROVIDERS,
    tokenKeys: read.ARENA_TOKEN_KEY,
    publicUrl: read.ARENA_PUBLIC_URL,
    providerTimeout: read.ARENA_PROVIDER_TIMEOUT,
  };
}

/** Variables that production needs once providers are configured: a key that outlives the container, and the public URL. */
export function missingInProduction(read: Partial<Read>): string[] {
  if ((read.ARENA_PROVIDERS ?? []).length === 0) return [];
  const missing = (name: string, takes: string) => `${name} is not set; with ARENA_PROVIDERS, set it to ${takes}`;
  return [
    ...(read.ARENA_TOKEN_KEY ? [] : [missing('ARENA_TOKEN_KEY', KEYS)]),
    ...(read.ARENA_PUBLIC_URL ? [] : [missing('ARENA_PUBLIC_URL', ORIGIN)]),
  ];
}

function providersIn(text: string, context: z.RefinementCtx): Provider[] {
  const list = z.array(provider).safeParse(parsed(text));
  if (!list.success) {
    for (const issue of list.error.issues) context.addIssue({ code: 'custom', message: expected(issue) });
    return z.NEVER;
  }
  const names = list.data.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) context.addIssue({ code: 'custom', message: `different names; '${twice}' is there twice` });
  return list.data;
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.path.length === 0) return 'a JSON array of providers';
  const what =
    issue.code === 'unrecognized_keys' ? `no ${issue.keys.map((key) => `"${key}"`).join(', ')}` : issue.message;
  return `${what} in ${issue.path.join('.')}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keysIn(text: string, context: z.RefinementCtx): TokenKey[] {
  const keys = text.split(',').map((part) => {
    const [, id = '', key = ''] = /^\s*([\w-]{1,40}):([\w+/-]{43}=?)\s*$/.exec(part) ?? [];
    return { id, bytes: Buffer.from(key, 'base64') };
  });
  const names = new Set(keys.map(({ id }) => id));
  if (keys.some(({ bytes }) => bytes.length !== 32) || names.size < keys.length) {
    context.addIssue({ code: 'custom', message: KEYS });
    return z.NEVER;
  }
  return keys;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin, href } = new URL(text);
  return /^https?:$/.test(protocol) && href === `${origin}/`;
}
