import { HttpStatus, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../../platform/http/problems/problem.js';

/** Seconds. */
const PERIOD = 60;
/** Wrong passwords allowed for one address in a period. */
const MAX_FAILURES = 30;
/** Passwords checked for one address in a period, right or wrong: each check takes processor time. */
const MAX_ATTEMPTS = 300;

/** Limits the sign-ins of each address, in this process, so that passwords cannot be guessed. */
@Injectable()
export class SignInLimits {
  private readonly failures = new RateLimiterMemory({ keyPrefix: 'failures', points: MAX_FAILURES, duration: PERIOD });
  private readonly attempts = new RateLimiterMemory({ keyPrefix: 'attempts', points: MAX_ATTEMPTS, duration: PERIOD });

  /**
   * Checks a password, unless the address has reached a limit.
   *
   * @param check returns `undefined` for a wrong password
   * @throws Problem with status 429 and `Retry-After`
   */
  async within<Result>(address: string, check: () => Promise<Result | undefined>): Promise<Result | undefined> {
    await consume(this.attempts, address);
    // Consumed before the check, so that concurrent attempts cannot all pass; given back if the password is right.
    await consume(this.failures, address);
    const result = await check();
    if (result !== undefined) await this.failures.reward(address, 1);
    return result;
  }
}

async function consume(limit: RateLimiterMemory, address: string): Promise<void> {
  try {
    await limit.consume(address);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.ceil(refusal.msBeforeNext / 1000);
    throw new Problem(
      HttpStatus.TOO_MANY_REQUESTS,
      'too-many-sign-ins',
      `Too many sign-ins from this address. Try again in ${seconds} s.`,
      { headers: { 'Retry-After': String(seconds) } },
    );
  }
}
