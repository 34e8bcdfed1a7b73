import type { Node } from 'ts-morph';
import { constantOf } from './key-shape.js';
import { bare, is, methodAround } from './node-kind.js';

/** A shorter duration as a number causes a warning of Larder. */
const MIN_NUMBER = 1000;

/**
 * A TTL of `cache-manager`, which counts milliseconds and means no expiry by 0, as a TTL of Larder; `undefined` if it is known
 * at runtime only.
 */
export function durationText(expression: Node): string | undefined {
  const value = numberOf(expression);
  if (value === undefined || value < 0 || !Number.isFinite(value)) return undefined;
  if (value === 0) return 'Infinity';
  if (value < MIN_NUMBER) return `'${value}ms'`;
  return [expression, ...expression.getDescendants()].some(isOfMethod) ? String(value) : expression.getText();
}

/** Whether a name stands for something that a decorator cannot see. */
function isOfMethod(node: Node): boolean {
  if (node.getKindName() === 'ThisKeyword') return true;
  return (
    is(node, 'Identifier') && node.getDefinitionNodes().some((declaration) => methodAround(declaration) !== undefined)
  );
}

/** The number that an expression always is. */
export function numberOf(given: Node): number | undefined {
  const node = bare(given);
  const type = node.getType();
  if (type.isNumberLiteral()) return Number(type.getLiteralValue());
  if (is(node, 'BinaryExpression')) {
    const [left, right] = [numberOf(node.getLeft()), numberOf(node.getRight())];
    if (left === undefined || right === undefined) return undefined;
    return OPERATIONS[node.getOperatorToken().getText()]?.(left, right);
  }
  const constant = constantOf(node);
  return constant === undefined ? undefined : numberOf(constant);
}

const OPERATIONS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};
