import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import type { User } from './users/user.js';

const ALGORITHM = 'HS256';
const ISSUER = 'arena';

/** Creates and reads user tokens. A token holds all fields of the user; reading one needs no query. */
export class Tokens {
  constructor(private readonly secret: Uint8Array) {}

  /** A token that is valid for twelve hours. */
  async issue({ id, name, organiser, staff }: User): Promise<string> {
    return new SignJWT({ name, organiser, staff })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(id)
      .setIssuer(ISSUER)
      .setIssuedAt()
      .setExpirationTime('12h')
      .sign(this.secret);
  }

  /** The user of a token; undefined if it is forged, changed or expired. */
  async read(token: string): Promise<User | undefined> {
    return (await this.open(token))?.user;
  }

  /** The user of a token, and when it expires. */
  async open(token: string): Promise<{ user: User; expiresAt: Date } | undefined> {
    try {
      const options = { algorithms: [ALGORITHM], issuer: ISSUER, requiredClaims: ['sub', 'exp'] };
      const { payload } = await jwtVerify<Omit<User, 'id'> & JWTPayload>(token, this.secret, options);
      const { sub, exp, name, organiser, staff = false } = payload;
      const user = { id: sub as string, name, organiser, staff };
      return { user, expiresAt: new Date((exp as number) * 1000) };
    } catch (error) {
      if (error instanceof JOSEError) return undefined;
      throw error;
    }
  }
}
