import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import type { User } from './users/user.js';

const ALGORITHM = 'HS256';
const ISSUER = 'arena';

/** Makes and reads the tokens by which users are known. A token says all that is needed; no query looks anybody up. */
export class Tokens {
  constructor(private readonly secret: Uint8Array) {}

  /** A token that is good for twelve hours. */
  async issue({ id, name, organiser, staff }: User): Promise<string> {
    return new SignJWT({ name, organiser, staff })
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(id)
      .setIssuer(ISSUER)
      .setIssuedAt()
      .setExpirationTime('12h')
      .sign(this.secret);
  }

  /** Who a token stands for; nobody if it is not one of ours, was changed or is too old. */
  async read(token: string): Promise<User | undefined> {
    return (await this.open(token))?.user;
  }

  /** Who a token stands for, and until when. */
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
