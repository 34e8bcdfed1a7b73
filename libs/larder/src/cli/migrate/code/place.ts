import type { Node } from 'ts-morph';

/** A place in the code. */
export interface Place {
  /** Its path below the folder of the project. */
  readonly file: string;
  readonly line: number;
}

/** Something that was left as it is. */
export interface Remark extends Place {
  /** What was left and why, as a sentence without its full stop. */
  readonly text: string;
  /** What to do, as a sentence without its full stop. */
  readonly remedy: string;
}

/** Where a node begins. */
export function placeOf(node: Node): Place {
  const source = node.getSourceFile();
  return { file: source.getFilePath(), line: node.getStartLineNumber() };
}

/** `products.service.ts:12`, for a sentence. */
export function shown({ file, line }: Place): string {
  return `${file.slice(file.lastIndexOf('/') + 1)}:${line}`;
}
