import bytes from 'bytes';
import ms from 'ms';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not reach the terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A text from elsewhere without characters that steer a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Rows as columns: numbers to the right, texts to the left. */
export function columns(head: readonly string[], rows: readonly (readonly (string | Figure)[])[]): string {
  const all = [head, ...rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isNumeric = head.map((_, column) => rows.some((row) => typeof row[column] === 'object'));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          isNumeric[column] ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A cell that is aligned to the right. */
export interface Figure {
  readonly text: string;
}

export function figure(text: string | number): Figure {
  return { text: typeof text === 'number' ? count(text) : text };
}

/** `12,345`. */
export function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `12.3 %`; a dash without a value. */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** `1.5 MB`. */
export function size(amount: number): string {
  return bytes.format(Math.round(amount), { unitSeparator: ' ', decimalPlaces: 1 }) ?? '–';
}

/** `2m`; a dash without a value. */
export function time(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  if (milliseconds === Number.POSITIVE_INFINITY) return 'never';
  return milliseconds < 10 ? `${milliseconds.toFixed(1)}ms` : ms(Math.round(milliseconds));
}

/** `1 entry`, `2 entries`. */
export function plural(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
