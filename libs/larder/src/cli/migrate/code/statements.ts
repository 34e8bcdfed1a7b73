import type { Node, Statement } from 'ts-morph';
import { bare, is } from './node-kind.js';
import type { TextEdits } from './text-edits.js';

/** The name of the only variable that a statement declares. */
export function variableOf(statement: Statement): string | undefined {
  const [declaration, ...others] = is(statement, 'VariableStatement') ? statement.getDeclarations() : [];
  return others.length === 0 && is(declaration?.getNameNode(), 'Identifier') ? declaration.getName() : undefined;
}

export function bareInitializer(statement: Statement): Node | undefined {
  const initializer = is(statement, 'VariableStatement') ? statement.getDeclarations()[0]?.getInitializer() : undefined;
  return initializer === undefined ? undefined : bare(initializer);
}

/** A `const` whose value needs no waiting and no `this`: the key. */
export function isConstant(statement: Statement): boolean {
  if (!is(statement, 'VariableStatement') || statement.getDeclarationKind() !== 'const') return false;
  return !statement
    .getDescendants()
    .some((node) => /^(AwaitExpression|ThisKeyword|NewExpression)$/.test(node.getKindName()));
}

/** Removes constants that only the cache needed. */
export function removeUnused(edits: TextEdits, constants: readonly Statement[], ...kept: readonly Node[]): void {
  const used: Node[] = [...kept];
  for (const constant of [...constants].reverse()) {
    const name = variableOf(constant);
    if (name === undefined || used.some((node) => uses(node, name))) used.push(constant);
    else edits.removeLine(constant);
  }
}

export function callIn(statement: Statement): Node | undefined {
  return is(statement, 'ExpressionStatement') ? bare(statement.getExpression()) : undefined;
}

export function statementsOf(statement: Statement): readonly Statement[] {
  return is(statement, 'Block') ? statement.getStatements() : [statement];
}

export function uses(node: Node, name: string): boolean {
  return [node, ...node.getDescendants()].some((inner) => is(inner, 'Identifier') && inner.getText() === name);
}
