/** A signed-in user, as read from the token. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** May create and change tournaments. */
  readonly organiser: boolean;
  /** Works for the operator of arena: releases versions, and sees the deployments of every customer. */
  readonly staff: boolean;
}
