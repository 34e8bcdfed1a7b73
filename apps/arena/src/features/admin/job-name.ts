import { z } from 'zod';

export const jobName = z.string().regex(/^[\w.-]{1,100}$/, 'Must be the name of a job');
