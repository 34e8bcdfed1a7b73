import { userKey } from 'nest-larder';

/** A user's connected accounts: one entry below that user's key. It never holds a token. */
export const integrationKeys = { list: (userId: string) => userKey(userId, 'integrations') };
