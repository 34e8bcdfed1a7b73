import { LarderOptionsError } from '../../base/errors.js';
import { demandOptions, unknownOptions } from '../../base/suggestion.js';
import { segmentOfCaller } from '../../keys/key.js';

/** A caller that has values of its own: those of methods with this scope. */
export interface ScopedCaller {
  /** `user`, or a name among the module's `scopes`. */
  readonly scope: string;
  /** What `identify`, or the function of the scope, returns for the caller. */
  readonly identity: string | number | bigint;
}

const SUBJECT = 'the caller of inspect';

/**
 * The suffix of the paths of a caller's own values.
 *
 * @throws LarderOptionsError
 */
export function segmentOf(caller: ScopedCaller): string {
  demandOptions(caller, SUBJECT);
  // JavaScript callers may pass anything.
  const { scope, identity }: { readonly scope: unknown; readonly identity: unknown } = caller;
  const problems = unknownOptions(caller, ['scope', 'identity'], SUBJECT);
  if (typeof scope !== 'string' || scope === '') {
    problems.push(
      `invalid scope of ${SUBJECT}: got ${String(scope)}, expected 'user' or a name among the module's scopes`,
    );
  }
  if (!['string', 'number', 'bigint'].includes(typeof identity) || identity === '') {
    problems.push(
      `invalid identity of ${SUBJECT}: got ${identity === '' ? "''" : String(identity)}, expected what identify returns: a text or a number`,
    );
  }
  if (problems.length > 0) throw new LarderOptionsError(problems);
  return segmentOfCaller(scope as string, String(identity));
}
