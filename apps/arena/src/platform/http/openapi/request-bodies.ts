import type { OpenAPIObject } from '@nestjs/swagger';

interface Schema {
  example?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Gives every request body a valid example, composed of the examples of its fields. */
export function exemplifyBodies(document: OpenAPIObject): void {
  const schemas = Object.values(document.components?.schemas ?? {}) as Schema[];
  for (const schema of schemas) {
    const fields = Object.entries(schema.properties ?? {});
    if (fields.length === 0 || fields.some(([, field]) => field.example === undefined)) continue;
    schema.example = Object.fromEntries(fields.map(([name, field]) => [name, field.example]));
  }
}
