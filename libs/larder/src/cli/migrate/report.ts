import { plural, printable } from '../text.js';
import type { Migration } from './project.js';

/** What a run has done and left, as a page. */
export function reportOf({ files, rewritten, remarks, unused }: Migration, isWritten: boolean): string {
  const lines: string[] = [];
  if (rewritten.length > 0) {
    lines.push('Decorated');
    for (const { file, line, method, decorator } of rewritten) lines.push(`  ${file}:${line}  ${method}  ${decorator}`);
    lines.push('');
  }
  if (remarks.length > 0) {
    lines.push('Left on nest-larder/compat, or as it was');
    for (const { file, line, text, remedy } of remarks)
      lines.push(`  ${file}:${line}  ${printable(text)}.`, `    → ${remedy}.`);
    lines.push('');
  }
  if (files.length === 0) return [...lines, 'Nothing to change.'].join('\n');
  const counts = `${plural(files.length, 'file', 'files')}, ${plural(rewritten.length, 'method', 'methods')} decorated, ${remarks.length} left`;
  if (!isWritten) return [...lines, `${counts}. Nothing was written: run it again with --write.`].join('\n');
  const next = unused.length === 0 ? [] : [`No file imports these any more: npm uninstall ${unused.join(' ')}`];
  return [...lines, `${counts}. Written. Run your formatter and your tests; git diff shows the changes.`, ...next].join(
    '\n',
  );
}
