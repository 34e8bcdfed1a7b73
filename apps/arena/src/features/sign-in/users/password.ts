import { type BinaryLike, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/** The hash of `arena`, the password of all users of the demo data, so that 200 need not be computed. */
export const DEMO_PASSWORD = 'scrypt$16384$8$1$YXJlbmEtc2VlZC1zYWx0IQ$HJXZaFTGp1hJyQyYv7ptjJU7IMRRuCzDbhdNX66SloI';

/** The hash of no password: what is compared with when there is no such user, so that this takes as long. */
export const NO_PASSWORD = `scrypt$16384$8$1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * Whether a password is the one that was hashed. Takes the same time whichever it is.
 *
 * @param hashed with all that is needed to check it: `scrypt$N$r$p$salt$hash`
 */
export async function isPassword(password: string, hashed: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = hashed.split('$');
  const expected = Buffer.from(hash, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), expected.length, cost), expected);
}
