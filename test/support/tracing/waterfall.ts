import type { SpanRecord } from './span-record.js';

const WIDTH = 1000;
const LABELS = 330;
const ROW = 22;
const TOP = 34;
/** The least width of a bar. */
const MIN_BAR = 2;
const COLOURS: Readonly<Record<string, string>> = { A: '#2f6f9f', B: '#b5651d' };

/** Draws a trace as SVG: a row for each span, below its parent. */
export function waterfall(spans: readonly SpanRecord[]): string {
  const rows = inOrder(spans);
  const began = Math.min(...spans.map(({ start }) => start));
  const ended = Math.max(...spans.map(({ end }) => end));
  const toX = (time: number) => LABELS + ((time - began) / (ended - began)) * (WIDTH - LABELS - 90);
  const height = TOP + rows.length * ROW + 10;
  const bars = rows.map(({ span, depth }, index) => {
    const y = TOP + index * ROW;
    const x = toX(span.start);
    const width = Math.max(MIN_BAR, toX(span.end) - x);
    const colour = COLOURS[span.node] ?? '#666666';
    const took = `${(span.end - span.start).toFixed(1)} ms`;
    return [
      `<text x="${8 + depth * 12}" y="${y + 15}">${escaped(labelOf(span))}</text>`,
      `<rect x="${x.toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="14" rx="2" fill="${colour}"/>`,
      `<text x="${(x + width + 5).toFixed(1)}" y="${y + 15}" fill="#666666">${took}</text>`,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<title>One trace from a changed row to a browser</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<rect x="8" y="10" width="12" height="12" fill="${COLOURS.A}"/><text x="26" y="20">node A: writes, and reads the change log</text>
<rect x="300" y="10" width="12" height="12" fill="${COLOURS.B}"/><text x="318" y="20">node B: has the socket of the browser</text>
${bars.join('\n')}
</svg>
`;
}

/** The statement of a query says more than its span's name. */
function labelOf({ name, attributes, events }: SpanRecord): string {
  const statement = attributes['db.statement'] ?? attributes['db.query.text'];
  const text = typeof statement === 'string' && name.startsWith('pg') ? `pg: ${statement.split(' where ')[0]}` : name;
  return [text.slice(0, 48), ...events.map((event) => `(${event})`)].join(' ');
}

function inOrder(spans: readonly SpanRecord[]): { span: SpanRecord; depth: number }[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent: string | undefined, depth: number): { span: SpanRecord; depth: number }[] =>
    spans
      .filter(({ parentId }) => (parent === undefined ? !ids.has(parentId ?? '') : parentId === parent))
      .toSorted((one, other) => one.start - other.start)
      .flatMap((span) => [{ span, depth }, ...below(span.spanId, depth + 1)]);
  return below(undefined, 0);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
