import { relative } from 'node:path';
import ts from 'typescript';
import type { DeclaredTargets, Insertion, Invalidator } from './target.js';

/**
 * How a node is taken out: an `element` of a list alone, a `list` becomes an empty one, a `decorator` becomes one that does
 * nothing.
 */
type Form = 'element' | 'list' | 'decorator';

interface FoundNode {
  readonly node: ts.Expression;
  readonly form: Form;
  readonly owner: string;
  readonly invalidators: Set<Invalidator>;
}

const AROUND: Record<Form, readonly [before: string, after: string]> = {
  element: ['? [', '] : [])'],
  list: ['? ', ' : [])'],
  decorator: ['? ', ' : () => undefined)'],
};

/** The nodes of the syntax trees that are targets. A node that several declarations reach is one target. */
export class FoundNodes {
  readonly #found = new Map<ts.Expression, FoundNode>();

  add(node: ts.Expression, form: Form, invalidator: Invalidator): void {
    const known = this.#found.get(node);
    if (known === undefined) {
      this.#found.set(node, { node, form, owner: ownerOf(node), invalidators: new Set([invalidator]) });
    } else known.invalidators.add(invalidator);
  }

  /** @param root that files are relative to */
  declaredIn(root: string): DeclaredTargets {
    const placed = [...this.#found.values()].map((found) => {
      const source = found.node.getSourceFile();
      return { ...found, source, file: relative(root, source.fileName), start: found.node.getStart() };
    });
    placed.sort((one, other) => one.file.localeCompare(other.file) || one.start - other.start);
    const opening = new Map<string, Insertion[]>();
    const closing = new Map<string, Insertion[]>();
    const targets = placed.map(({ node, form, owner, invalidators, source, file, start }, index) => {
      const id = index + 1;
      const [before, after] = AROUND[form];
      // The outer of two nodes that begin or end together comes first in `placed`, so its text must be outside.
      listAt(opening, file).push({
        at: start,
        text: `${form === 'element' ? '...' : ''}(keepsTarget(${id}) ${before}`,
      });
      listAt(closing, file).unshift({ at: node.getEnd(), text: after });
      // A decorator is applied once; its key is asked for at each call.
      const key = form === 'decorator' ? keyOf(node) : undefined;
      if (key !== undefined) {
        listAt(opening, file).push({ at: key.getStart(), text: `notesTarget(${id}, ` });
        listAt(closing, file).unshift({ at: key.getEnd(), text: ')' });
      }
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      const text = node.getText().replaceAll(/\s+/g, ' ');
      return { id, file, line, owner, text, invalidators: [...invalidators] };
    });
    const files = [...opening.keys()];
    const insertions = files.map((file) => [file, [...listAt(closing, file), ...listAt(opening, file)]] as const);
    return { targets, insertions: Object.fromEntries(insertions) };
  }
}

function listAt(lists: Map<string, Insertion[]>, file: string): Insertion[] {
  const list = lists.get(file) ?? [];
  lists.set(file, list);
  return list;
}

/** The key in the options of a decorator. */
function keyOf(node: ts.Expression): ts.Expression | undefined {
  const options = ts.isCallExpression(node) ? node.arguments[0] : undefined;
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return undefined;
  const key = options.properties.find((property) => property.name?.getText() === 'key');
  return key !== undefined && ts.isPropertyAssignment(key) ? key.initializer : undefined;
}

/** `Class.method` for a decorator or a call in a method; otherwise the name of the function or constant. */
function ownerOf(node: ts.Node): string {
  const parts: string[] = [];
  for (let at = node; at !== undefined; at = at.parent) {
    if (ts.isClassDeclaration(at) || ts.isMethodDeclaration(at) || ts.isFunctionDeclaration(at) || isTopLevel(at)) {
      if (at.name !== undefined) parts.unshift(at.name.getText());
    }
  }
  return parts.join('.');
}

function isTopLevel(node: ts.Node): node is ts.VariableDeclaration {
  return ts.isVariableDeclaration(node) && ts.isSourceFile(node.parent.parent.parent);
}
