/** The scope of values that the whole staff shares, and no other user. */
export const STAFF_SCOPE = 'staff';

/** @returns undefined for a user who is not of the staff: their calls are not cached */
export function staffScope(user: unknown): string | undefined {
  const { staff } = (user ?? {}) as { readonly staff?: boolean };
  return staff === true ? 'all' : undefined;
}
