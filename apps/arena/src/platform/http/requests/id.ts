import { z } from 'zod';

/** An id in paths and bodies: digits, at most as many as fit into a bigint. */
export const id = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'Must be an id: digits such as 42')
  .meta({ example: '1' });
