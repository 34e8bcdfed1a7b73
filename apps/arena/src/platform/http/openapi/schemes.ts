/** The name of the admin token in the OpenAPI document. */
export const ADMIN_SCHEME = 'admin';
