/** Somebody who signed in, as their token says. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** May create and change tournaments. */
  readonly organiser: boolean;
  /** Works for those who run arena: releases versions, and sees every customer's deployments. */
  readonly staff: boolean;
}
