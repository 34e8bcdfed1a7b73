import type { Node, SourceFile } from 'ts-morph';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Replacements in the text of files. Formatting and comments around them stay. */
export class TextEdits {
  readonly #edits = new Map<SourceFile, Edit[]>();

  replace(node: Node, text: string): void {
    this.between(node.getSourceFile(), node.getStart(), node.getEnd(), text);
  }

  insert(source: SourceFile, position: number, text: string): void {
    this.between(source, position, position, text);
  }

  between(source: SourceFile, start: number, end: number, text: string): void {
    const edits = this.#edits.get(source) ?? [];
    edits.push({ start, end, text });
    this.#edits.set(source, edits);
  }

  /** Removes a node, and the line or the comma that would stay empty. */
  removeLine(node: Node): void {
    const source = node.getSourceFile();
    const text = source.getFullText();
    let [start, end] = [node.getStart(), node.getEnd()];
    while (/[ \t]/.test(text[end] ?? '')) end++;
    const isAlone = /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
    if (isAlone && /[\r\n]/.test(text[end] ?? '\n')) {
      start = text.lastIndexOf('\n', start - 1) + 1;
      end = text.indexOf('\n', end) + 1 || text.length;
      // Two empty lines, or one at the begin of a block, would stay.
      if (/(\n|\{)[ \t]*\r?\n$/.test(text.slice(0, start)))
        end += /^[ \t]*\r?\n/.exec(text.slice(end))?.[0].length ?? 0;
    }
    this.between(source, start, end, '');
  }

  /** Removes an element of a list with the comma behind it, or else before it. */
  removeElement(node: Node): void {
    const source = node.getSourceFile();
    const text = source.getFullText();
    const behind = /^\s*,[ \t]*/.exec(text.slice(node.getEnd()));
    if (behind !== null) {
      let start = node.getStart();
      let end = node.getEnd() + behind[0].length;
      const isAlone = /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
      if (isAlone && /[\r\n]/.test(text[end] ?? '')) {
        start = text.lastIndexOf('\n', start - 1) + 1;
        end = text.indexOf('\n', end) + 1;
      }
      this.between(source, start, end, '');
      return;
    }
    const before = /,\s*$/.exec(text.slice(0, node.getStart()));
    this.between(source, node.getStart() - (before?.[0].length ?? 0), node.getEnd(), '');
  }

  files(): Iterable<SourceFile> {
    return this.#edits.keys();
  }

  /** The text of a file with its replacements. */
  textOf(source: SourceFile): string {
    let text = source.getFullText();
    const edits = [...(this.#edits.get(source) ?? [])].map((edit, index) => ({ ...edit, index }));
    // Of those at one place, the insertions come last: they stand before what replaces the code there.
    edits.sort((one, other) => other.start - one.start || other.end - one.end || other.index - one.index);
    for (const { start, end, text: replacement } of edits) {
      text = text.slice(0, start) + replacement + text.slice(end);
    }
    return text;
  }
}
