import type { A_Const, Node, TypeName } from 'libpg-query';

/** The texts of a list of names; `*` for a star, undefined for anything else. */
export function namesOf(nodes: readonly Node[] | undefined): (string | undefined)[] {
  return (nodes ?? []).map((node) => {
    if ('String' in node) return node.String.sval ?? '';
    return 'A_Star' in node ? '*' : undefined;
  });
}

/** A name with an optional schema; undefined if it has more parts. */
export function qualified(
  nodes: readonly Node[] | undefined,
): { schema: string | undefined; name: string } | undefined {
  const names = namesOf(nodes);
  const [first, second] = names;
  if (first === undefined || names.length > 2 || (names.length === 2 && second === undefined)) return undefined;
  return second === undefined ? { schema: undefined, name: first } : { schema: first, name: second };
}

/** The name of an operator of pg_catalog; undefined if it is qualified with another schema. */
export function operatorOf(nodes: readonly Node[] | undefined): string | undefined {
  const name = qualified(nodes);
  return name !== undefined && (name.schema ?? 'pg_catalog') === 'pg_catalog' ? name.name : undefined;
}

/** A constant as text, with the kind of literal that it was. */
export type Literal =
  | { readonly kind: 'string' | 'number' | 'boolean'; readonly text: string }
  | { readonly kind: 'null' };

/** The parser omits zero, false and empty members. */
export function literalOf({ isnull, ival, fval, boolval, sval }: A_Const): Literal | undefined {
  if (isnull) return { kind: 'null' };
  if (ival !== undefined) return { kind: 'number', text: String(ival.ival ?? 0) };
  if (fval !== undefined) return { kind: 'number', text: fval.fval ?? '0' };
  if (boolval !== undefined) return { kind: 'boolean', text: String(boolval.boolval ?? false) };
  return sval === undefined ? undefined : { kind: 'string', text: sval.sval ?? '' };
}

/** Whether a type is written with a length or precision, as `varchar(3)`, which a cast cuts values to. */
export function hasModifier({ typmods }: TypeName): boolean {
  return (typmods ?? []).length > 0;
}

export function isArrayType({ arrayBounds }: TypeName): boolean {
  return (arrayBounds ?? []).length > 0;
}

/** Calls `visit` with each wrapped node below a value of the tree; it decides whether to go deeper. */
export function eachNode(value: unknown, visit: (tag: string, content: object) => void): void {
  if (Array.isArray(value)) {
    for (const one of value) eachNode(one, visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      if (/^[A-Z]/.test(key) && typeof child === 'object' && child !== null) visit(key, child);
      else eachNode(child, visit);
    }
  }
}
