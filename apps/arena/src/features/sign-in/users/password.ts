import { type BinaryLike, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/** Bytes. */
const HASH_LENGTH = 32;

/** The hash of `arena`, the password of all users of the demo data; hashing it for 200 users would slow the start. */
export const DEMO_PASSWORD = 'scrypt$16384$8$1$YXJlbmEtc2VlZC1zYWx0IQ$HJXZaFTGp1hJyQyYv7ptjJU7IMRRuCzDbhdNX66SloI';

/** A hash that no password matches. Compared with if the address is unknown, so that both cases take as long. */
export const NO_PASSWORD = `scrypt$16384$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** The hash of a password, with a random salt. */
export async function hashed(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_LENGTH, { N: 16_384, r: 8, p: 1 });
  return `scrypt$16384$8$1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/**
 * Whether a password matches a hash, compared in constant time.
 *
 * @param hashed the hash with its parameters: `scrypt$N$r$p$salt$hash`
 */
export async function isPassword(password: string, hashed: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = hashed.split('$');
  const expected = Buffer.from(hash, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), expected.length, cost), expected);
}
