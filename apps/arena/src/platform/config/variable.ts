import type { z } from 'zod';

/** The entry of a variable in `.env.example`. */
export interface VariableDoc {
  /** The default, or an example; empty for a secret. */
  readonly value: string;
  /** What it does: sentences. */
  readonly doc: string;
}

/** An environment variable with its documentation. */
export function variable<Schema extends z.ZodType>(schema: Schema, value: string, doc: string): Schema {
  return schema.meta({ value, doc } satisfies VariableDoc);
}

/** The documentation of the variables that have one, in their order. */
export function docsOf(variables: Readonly<Record<string, z.ZodType>>): (VariableDoc & { readonly name: string })[] {
  return Object.entries(variables).flatMap(([name, schema]) => {
    const meta = schema.meta();
    return meta === undefined ? [] : [{ name, value: String(meta.value), doc: String(meta.doc) }];
  });
}
