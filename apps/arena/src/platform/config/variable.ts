import type { z } from 'zod';

/** What `.env.example` says of a variable. */
export interface VariableDoc {
  /** The default, or an example; nothing for a secret. */
  readonly value: string;
  /** What it does: sentences. */
  readonly doc: string;
}

/** A variable of the environment, described where it is declared. */
export function variable<Schema extends z.ZodType>(schema: Schema, value: string, doc: string): Schema {
  return schema.meta({ value, doc } satisfies VariableDoc);
}

/** What was said of each variable that is described, in their order. */
export function docsOf(variables: Readonly<Record<string, z.ZodType>>): (VariableDoc & { readonly name: string })[] {
  return Object.entries(variables).flatMap(([name, schema]) => {
    const meta = schema.meta();
    return meta === undefined ? [] : [{ name, value: String(meta.value), doc: String(meta.doc) }];
  });
}
