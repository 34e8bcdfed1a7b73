import type { Decorator, MethodDeclaration, Node } from 'ts-morph';
import { indentOf } from '../code/indentation.js';
import type { KeyShape } from '../code/key-shape.js';
import type { PortableKey } from '../code/key-text.js';
import type { TextEdits } from '../code/text-edits.js';
import type { CacheCall } from './cache-calls.js';

/** How the text keys of a candidate become keys of Larder. */
export type KeyForm = (key: PortableKey) => string;

/** A method that a decorator can replace the cache code of. */
export interface Candidate {
  readonly kind: 'Cacheable' | 'CacheInvalidate';
  readonly method: MethodDeclaration;
  /** The calls that go. */
  readonly calls: readonly CacheCall[];
  /** The keys that must not be used by code that stays. */
  readonly shapes: readonly KeyShape[];
  /** The keys whose form may be chosen. */
  readonly keys: readonly PortableKey[];
  /** Decorators that go. */
  readonly decorators: readonly Decorator[];
  edit(edits: TextEdits, form: KeyForm): void;
}

/** Why something stays. */
export interface Refusal {
  readonly node: Node;
  /** A clause. */
  readonly reason: string;
  readonly remedy?: string;
}

export function refuse(node: Node, reason: string, remedy?: string): Refusal {
  return remedy === undefined ? { node, reason } : { node, reason, remedy };
}

export function isRefusal(one: Candidate | Refusal): one is Refusal {
  return 'reason' in one;
}

/** The name of a method for people. */
export function nameOf(method: MethodDeclaration): string {
  const owner = method.getParent() as Node & { getName?: () => string | undefined };
  return `${owner.getName?.() ?? 'class'}.${method.getName()}`;
}

/** The quote that a file uses. */
export function quoteOf(node: Node): string {
  const [first] = node.getSourceFile().getImportDeclarations();
  return first?.getModuleSpecifier().getText().startsWith('"') ? '"' : "'";
}

/** Writes a decorator above a method. */
export function addDecorator(edits: TextEdits, method: MethodDeclaration, text: string): void {
  const source = method.getSourceFile();
  const start =
    method
      .getModifiers()
      .find((modifier) => modifier.getKindName() !== 'Decorator')
      ?.getStart() ?? method.getNameNode().getStart();
  edits.insert(source, start, `${text}\n${indentOf(method)}`);
}
