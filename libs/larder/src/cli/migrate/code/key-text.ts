import type { MethodDeclaration, Node, ParameterDeclaration } from 'ts-morph';
import { constantOf, HOLE, type KeyShape, shapeOf } from './key-shape.js';
import { bare, is } from './node-kind.js';

/** A key that a decorator can make from the parameters of a method. */
export interface PortableKey {
  readonly shape: KeyShape;
  /** The expression, in terms of the parameters and of what the file declares. */
  readonly expression: Node;
  readonly parameters: readonly ParameterDeclaration[];
  /** Whether it uses the variable that the method returns. */
  readonly usesResult: boolean;
}

/**
 * The key as a function of the parameters; a text says why it is none.
 *
 * @param result the name of the variable that the method returns, for keys that may use it
 */
export function portableKey(given: Node, method: MethodDeclaration, result?: string): PortableKey | string {
  const constant = constantOf(bare(given));
  const expression = constant?.getAncestors().includes(method) ? constant : given;
  const parameters = new Set<ParameterDeclaration>();
  let usesResult = false;
  for (const node of [expression, ...expression.getDescendants()]) {
    const kind = node.getKindName();
    if (kind === 'ThisKeyword') return 'its key uses this';
    if (kind === 'AwaitExpression') return 'its key waits';
    if (kind === 'ArrowFunction' || kind === 'FunctionExpression') return 'its key calls a function of its own';
    if (!is(node, 'Identifier') || isMemberName(node)) continue;
    for (const declaration of node.getDefinitionNodes()) {
      if (is(declaration, 'Parameter') && declaration.getParent() === method) {
        const problem = problemOf(declaration, method);
        if (problem !== undefined) return problem;
        parameters.add(declaration);
      } else if (declaration.getAncestors().includes(method)) {
        if (node.getText() !== result || !is(declaration, 'VariableDeclaration')) {
          return `its key uses ${node.getText()}, which the method computes`;
        }
        usesResult = true;
      }
    }
  }
  return { shape: shapeOf(expression), expression, parameters: [...parameters], usesResult };
}

function isMemberName(node: Node): boolean {
  const parent = node.getParent();
  if (is(parent, 'PropertyAccessExpression')) return parent.getNameNode() === node;
  return is(parent, 'PropertyAssignment') && parent.getNameNode() === node;
}

function problemOf(parameter: ParameterDeclaration, method: MethodDeclaration): string | undefined {
  const name = parameter.getName();
  if (!is(parameter.getNameNode(), 'Identifier')) return `its key uses the members of the parameter ${name}`;
  if (parameter.isRestParameter()) return `its key uses the rest parameter ${name}`;
  const isChanged = method.getDescendants().some((node) => {
    if (is(node, 'BinaryExpression')) {
      const target = node.getLeft().getText();
      const isAssignment =
        /^(\W+)?=$/.test(node.getOperatorToken().getText()) && !isComparison(node.getOperatorToken());
      return isAssignment && (target === name || target.startsWith(`${name}.`) || target.startsWith(`${name}[`));
    }
    return /^(Prefix|Postfix)UnaryExpression$/.test(node.getKindName()) &&
      /^(\+\+|--)?\w+(\+\+|--)?$/.test(node.getText())
      ? node.getText().replaceAll(/\+\+|--/g, '') === name && /\+\+|--/.test(node.getText())
      : false;
  });
  return isChanged ? `the method changes ${name}, which its key uses` : undefined;
}

function isComparison(operator: Node): boolean {
  return ['==', '===', '!=', '!==', '<=', '>='].includes(operator.getText());
}

/**
 * The parameters of a function that takes those of a method, as text; a text with a reason cannot be told from it, so that
 * `undefined` says that it has none.
 *
 * @param used those that the function uses
 * @param all whether it takes all parameters, because another one follows
 */
export function parameterList(
  method: MethodDeclaration,
  used: readonly ParameterDeclaration[],
  all = false,
): readonly string[] | undefined {
  const parameters = method.getParameters();
  const last = Math.max(-1, ...used.map((parameter) => parameters.indexOf(parameter)));
  const taken = all ? parameters : parameters.slice(0, last + 1);
  const texts = taken.map((parameter, index) => {
    const name = is(parameter.getNameNode(), 'Identifier') ? parameter.getName() : `${index}`;
    const type = parameter.getTypeNode()?.getText();
    const initializer = parameter.getInitializer()?.getText();
    if (type === undefined && initializer === undefined) return undefined;
    const shown = used.includes(parameter) ? name : `_${name}`;
    const optional = parameter.hasQuestionToken() ? '?' : '';
    const typed = type === undefined ? '' : `: ${type}`;
    return `${parameter.isRestParameter() ? '...' : ''}${shown}${optional}${typed}${initializer === undefined ? '' : ` = ${initializer}`}`;
  });
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** A key as the parts of a path: `['product', id]`. */
export function partsText(shape: KeyShape, quote: string): string {
  let hole = 0;
  const parts = shape.text
    .split(':')
    .map((part) => (part === HOLE ? (shape.holes[hole++] as Node).getText() : `${quote}${part}${quote}`));
  return `[${parts.join(', ')}]`;
}

/**
 * Whether the parts between colons make the same keys as the text: each part that is not known is a whole part of its own, and
 * a text or a number.
 */
export function canSplit({ text, holes }: KeyShape): boolean {
  const parts = text.split(':');
  if (parts.some((part) => part === '' || (part.includes(HOLE) && part !== HOLE) || /['"`\\]/.test(part))) return false;
  return holes.length <= 1 && holes.every((node) => node.getType().isString() || node.getType().isNumber());
}

/** Whether a key is below another one as a path. */
export function isBelow({ text: one }: KeyShape, { text: other }: KeyShape): boolean {
  const [lower, upper] = [one.split(':'), other.split(':')];
  if (lower.length <= upper.length) return false;
  return upper.every((part, index) => part === lower[index] || part === HOLE || lower[index] === HOLE);
}
