import { LarderError } from '../base/errors.js';

/** A command cannot do its work. */
export class LarderCommandError extends LarderError {
  /**
   * @param problem what happened, as a clause; never contains a password or a token
   * @param remedy what to do, as a clause
   */
  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super('LARDER_COMMAND', `${problem}. ${remedy}.`, options);
  }
}
