import type { Expression, Node } from 'ts-morph';
import { bare, is } from './node-kind.js';

/** Stands for a part of a key that is known at runtime only. No key has it: it is no character of Unicode text. */
export const HOLE = '\uffff';

/** What is known of a text key before it runs. */
export interface KeyShape {
  /** The key, with {@link HOLE} for each part that is not known. */
  readonly text: string;
  readonly holes: readonly Expression[];
  /** Whether it is the URL of a request: each belongs to one handler. */
  readonly isUrl?: boolean;
}

/** Any key at all. */
export const ANY_KEY: KeyShape = { text: HOLE, holes: [] };

/** What an expression says about the key that it makes. */
export function shapeOf(given: Node): KeyShape {
  const node = bare(given) as Expression;
  const type = node.getType();
  if (type.isStringLiteral()) return { text: String(type.getLiteralValue()), holes: [] };
  if (is(node, 'TemplateExpression')) {
    const spans = node.getTemplateSpans();
    const parts = spans.map((span) => [partOf(span.getExpression()), literal(span.getLiteral().getLiteralText())]);
    return join([literal(node.getHead().getLiteralText()), ...parts.flat()]);
  }
  if (is(node, 'BinaryExpression') && node.getOperatorToken().getText() === '+') {
    return join([partOf(node.getLeft()), partOf(node.getRight())]);
  }
  const constant = constantOf(node);
  return constant === undefined ? { text: HOLE, holes: [node] } : shapeOf(constant);
}

/** The initializer of a `const` that an identifier names; `undefined` for anything else. */
export function constantOf(node: Node): Expression | undefined {
  if (!is(node, 'Identifier')) return undefined;
  const [declaration, ...others] = node.getDefinitionNodes();
  if (others.length > 0 || !is(declaration, 'VariableDeclaration')) return undefined;
  if (declaration.getVariableStatement()?.getDeclarationKind() !== 'const') return undefined;
  return declaration.getInitializer();
}

/** Whether some key has both shapes. */
export function overlap(left: KeyShape, right: KeyShape): boolean {
  if (left.isUrl && right.isUrl) return false;
  const [one, other] = [left.text, right.text];
  const seen = new Set<number>();
  const meets = (i: number, j: number): boolean => {
    const state = i * (other.length + 1) + j;
    if (seen.has(state)) return false;
    seen.add(state);
    if (i === one.length && j === other.length) return true;
    if (one[i] === HOLE && (meets(i + 1, j) || (j < other.length && meets(i, j + 1)))) return true;
    if (other[j] === HOLE && (meets(i, j + 1) || (i < one.length && meets(i + 1, j)))) return true;
    return i < one.length && j < other.length && one[i] === other[j] && one[i] !== HOLE && meets(i + 1, j + 1);
  };
  return meets(0, 0);
}

/** A shape for people: `product:${…}`. */
export function shownShape({ text }: KeyShape): string {
  return text.replaceAll(HOLE, '$'.concat('{…}'));
}

function partOf(node: Expression): KeyShape {
  const type = node.getType();
  if (type.isNumberLiteral() || type.isBooleanLiteral()) return literal(type.getText());
  return type.isStringLiteral() || type.isString() ? shapeOf(node) : { text: HOLE, holes: [node] };
}

function literal(text: string): KeyShape {
  return { text, holes: [] };
}

function join(shapes: readonly KeyShape[]): KeyShape {
  return { text: shapes.map(({ text }) => text).join(''), holes: shapes.flatMap(({ holes }) => holes) };
}
