import type { Admission, Handler } from '../decorators/handler.js';
import { PassedContext } from '../nest/handler-parameters.js';
import type { Admissions, Subject } from './admission.js';
import { isRequest } from './caller-identity.js';
import { callerOf } from './message-caller.js';

/** The position of the added parameter with the caller, and how many parameters before it are the method's own. */
export interface CallerPlace {
  readonly own: number;
  readonly at: number;
}

const NOT_RECOGNISED: Admission = { to: 'none', reason: 'caller not recognised' };

/** A decorated method that a transport calls, or whose instances serve one request each. */
export class CalledMethod implements Handler {
  readonly #subject: Subject;
  readonly #admissions: Admissions;
  readonly #place: CallerPlace | undefined;

  /** @param place `undefined` where Nest passes no caller to the method */
  constructor(subject: Subject, admissions: Admissions, place: CallerPlace | undefined) {
    this.#subject = subject;
    this.#admissions = admissions;
    this.#place = place;
  }

  parametersIn(given: never[]): never[] {
    const place = this.#place;
    if (place === undefined || given.length <= place.at) return given;
    const passed: unknown = given[place.at];
    return passed instanceof PassedContext || isRequest(passed) ? given.slice(0, place.own) : given;
  }

  withoutRequest(path: string): string {
    return path;
  }

  admit(given: never[]): Admission | Promise<Admission> {
    const subject = this.#subject;
    const place = this.#place;
    if (place !== undefined && given.length > place.at) {
      const passed: unknown = given[place.at];
      if (passed instanceof PassedContext) return this.#admissions.admit(subject, callerOf(passed.context));
      // A pipe has replaced the context: the caller is unknown.
      return NOT_RECOGNISED;
    }
    return this.#admissions.admitUnknown(subject);
  }
}
