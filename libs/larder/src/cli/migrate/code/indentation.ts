import type { Node } from 'ts-morph';

/** The white space before a node, if nothing else is before it on its line. */
export function indentOf(node: Node): string {
  const text = node.getSourceFile().getFullText();
  const line = text.slice(text.lastIndexOf('\n', node.getStart() - 1) + 1, node.getStart());
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** Whether a node is the first on its line. */
export function isFirstOnLine(node: Node): boolean {
  const text = node.getSourceFile().getFullText();
  return /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', node.getStart() - 1) + 1, node.getStart()));
}

/** Code that moves to another depth: its first line begins at the new place. */
export function reindented(code: string, from: string, to: string): string {
  const [first = '', ...rest] = code.split('\n');
  return [first, ...rest.map((line) => (line.startsWith(from) ? to + line.slice(from.length) : line))].join('\n');
}
