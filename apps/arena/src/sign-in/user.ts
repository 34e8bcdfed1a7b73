/** Somebody who signed in, as their token says. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** May create and change tournaments. */
  readonly organiser: boolean;
}
