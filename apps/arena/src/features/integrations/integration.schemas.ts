import { z } from 'zod';

const instant = z.iso.datetime().meta({ example: '2026-10-31T17:00:00.000Z' });
const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'Must be the name of a provider')
  .meta({ example: 'league' });

export const providerParameter = providerName;

const accountId = z.string().min(1).max(500).meta({ example: 'ada-147' });

/** A connected account as its user sees it. */
const connectedAccount = z
  .object({
    provider: providerName,
    accountId: z.string().meta({ example: 'ada-147' }),
    accountName: z.string().meta({ example: 'Ada' }),
    status: z.enum(['connected', 'reconnect']).meta({
      description: '`reconnect`: the provider rejects the stored tokens; connect the account again.',
    }),
    connectedAt: instant,
    expiresAt: instant.nullable().meta({ description: 'When the access token expires, if known.' }),
    refreshedAt: instant.nullable(),
    problem: z
      .object({ reason: z.string().meta({ example: 'rate-limited' }), retryAt: instant.nullable() })
      .nullable()
      .meta({ description: 'Why the last refresh failed.' }),
  })
  .meta({ id: 'ConnectedAccount' });
export type ConnectedAccount = z.infer<typeof connectedAccount>;

export const integrations = z
  .object({
    accounts: z.array(connectedAccount),
    providers: z
      .array(z.object({ name: providerName, title: z.string().meta({ example: 'Pool League' }) }))
      .meta({ description: 'Providers of accounts.' }),
  })
  .meta({ id: 'Integrations' });
export type Integrations = z.infer<typeof integrations>;

export const begunConnection = z
  .object({
    url: z.url().meta({ description: 'Open it in the browser that received this response.' }),
    expiresAt: instant,
  })
  .meta({ id: 'BegunConnection' });
export type BegunConnection = z.infer<typeof begunConnection>;

export const disconnected = z
  .object({
    provider: providerName,
    accountId: z.string().meta({ example: 'ada-147' }),
    revoked: z.boolean().meta({
      description: 'Whether the provider revoked the token. If not, remove arena in the account settings there.',
    }),
  })
  .meta({ id: 'Disconnected' });
export type Disconnected = z.infer<typeof disconnected>;

export const disconnectQuery = z.strictObject({
  accountId: accountId
    .optional()
    .meta({ description: 'The account, if you have several of this provider.', example: 'season-1' }),
});
export type DisconnectQuery = z.infer<typeof disconnectQuery>;

/** Identifies an account of a user. */
const accountReference = z.strictObject({ provider: providerName, accountId }).meta({ id: 'AccountReference' });
export type AccountReference = z.infer<typeof accountReference>;

/** The accounts to refresh; without a list (no body, or an empty object) all of them. */
export const refreshOrder = z.union([z.array(accountReference).max(500), z.strictObject({})]).optional();
export type RefreshOrder = z.infer<typeof refreshOrder>;

export const refreshReport = z
  .object({
    refreshed: z.array(connectedAccount).meta({ description: 'The refreshed accounts.' }),
    failed: z.array(
      z.object({
        provider: providerName,
        accountId: z.string().meta({ example: 'ada-147' }),
        reason: z.string().meta({ example: 'timed-out' }),
        detail: z.string().meta({ example: 'The provider did not answer in time.' }),
      }),
    ),
  })
  .meta({ id: 'RefreshReport' });
export type RefreshReport = z.infer<typeof refreshReport>;
