import type { Preview } from '../../cache/shared-tier/preview.js';
import type { InvalidationReport } from '../../cache/writes/bulk-invalidation.js';
import { type NamedTarget, nameOf } from '../../keys/named-target.js';
import type { Terminal } from '../terminal.js';
import { count, plural, printable } from '../text.js';

/** What a confirmation means, and what to do without one, if the command or a process of the application invalidates. */
const TEXTS = {
  command: {
    delivered: 'Redis has it; every process applies it within its maxStaleness.',
    undelivered:
      'Redis did not confirm it, and this command keeps nothing. Run it again when `npx nest-larder doctor` finds no problem.',
  },
  process: {
    delivered: 'The process has applied it, and so does every process that shares its Redis, within its maxStaleness.',
    undelivered: 'The process has applied it and keeps it for the others, until Redis takes it.',
  },
} as const;

export function printReport(
  targets: readonly NamedTarget[],
  { delivered, undelivered, failed, skipped }: InvalidationReport,
  by: keyof typeof TEXTS,
  { print, complain }: Terminal,
): void {
  const left = new Set([...undelivered, ...skipped, ...failed.map(({ target }) => target)]);
  for (const target of targets) if (!left.has(target)) print(`Invalidated: ${printable(nameOf(target))}`);
  if (delivered > 0) print(TEXTS[by].delivered);
  for (const target of undelivered) complain(`NOT CONFIRMED: ${printable(nameOf(target as NamedTarget))}`);
  for (const { target, error } of failed) {
    complain(`FAILED: ${printable(`${nameOf(target as NamedTarget)} (${error})`)}`);
  }
  if (undelivered.length > 0) complain(TEXTS[by].undelivered);
}

export function reportAsJson({ delivered, undelivered, failed }: InvalidationReport): string {
  const names = (targets: InvalidationReport['undelivered']) => targets.map((one) => nameOf(one as NamedTarget));
  const faults = failed.map(({ target, error }) => ({ target: nameOf(target as NamedTarget), error: String(error) }));
  return JSON.stringify({ delivered, undelivered: names(undelivered), failed: faults }, undefined, 2);
}

export function previewAsJson(targets: readonly NamedTarget[], { counts, ...found }: Preview): string {
  const named = targets.map((target, index) => ({ target: nameOf(target), entries: counts[index] }));
  return JSON.stringify({ dryRun: true, targets: named, ...found }, undefined, 2);
}

export function previewPage(targets: readonly NamedTarget[], { counts, total, examples, isComplete }: Preview): string {
  const atLeast = isComplete ? '' : 'at least ';
  const lines = targets.map(
    (target, index) =>
      `  ${printable(nameOf(target))}: ${atLeast}${plural(counts[index] as number, 'entry', 'entries')} in Redis`,
  );
  const others = total - examples.length;
  return [
    'Dry run: nothing was changed. The targets cover:',
    ...lines,
    ...(total === 0 ? [] : [`Together ${atLeast}${plural(total, 'entry', 'entries')}:`]),
    ...examples.map((id) => `  ${printable(id)}`),
    ...(others > 0 ? [`  … and ${count(others)} more`] : []),
    'Entries that only the memory of a process has are covered too, and not counted.',
  ].join('\n');
}
