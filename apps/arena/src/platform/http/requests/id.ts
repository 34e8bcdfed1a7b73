import { z } from 'zod';

/** An id as it stands in paths and bodies: digits, few enough to be a bigint. */
export const id = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'Must be an id: digits such as 42')
  .meta({ example: '1' });
