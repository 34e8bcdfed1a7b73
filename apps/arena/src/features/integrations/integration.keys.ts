import { userKey } from 'nest-larder';

/** A user's accounts elsewhere: one entry, below that user's key. No token is ever in it. */
export const integrationKeys = { list: (userId: string) => userKey(userId, 'integrations') };
