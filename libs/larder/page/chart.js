import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const HEIGHT = 150;
const WHOLE = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 9 }, (_, power) => step * 10 ** power))
  .sort((one, other) => one - other);

/** The colour that the theme gives to a variable. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * A chart of the last hour.
 *
 * @param series `{ label, values, line }`: `line` is the number of a colour, 1 to 3
 * @param show makes a text of a value
 * @param isWhole whether values are counts, so that no fractions stand at the axis
 * @param marks moments with an upright line, such as deploys
 */
export function Chart({ title, times, series, show, marks = [], most, isWhole = false, theme }) {
  const place = useRef();
  const plot = useRef();
  const latestMarks = useRef(marks);
  latestMarks.current = marks;
  const data = [times.map((at) => at / 1000), ...series.map(({ values }) => values)];

  useEffect(() => {
    const line = ({ label, line: number }) => ({
      label,
      stroke: colour(`--line-${number}`),
      width: 2,
      points: { show: true, size: 4 },
      spanGaps: false,
    });
    const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--edge'), width: 1 }, ticks: { show: false } };
    plot.current = new uPlot(
      {
        width: place.current.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          // The present minute is at the end.
          x: { range: (_, from, to) => [from, to + 60] },
          y: { range: (_, __, greatest) => [0, most ?? Math.max(greatest * 1.1, 1e-3)] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            values: (_, ticks) => ticks.map((at) => new Date(at * 1000).toLocaleTimeString('en-GB').slice(0, 5)),
          },
          { ...axis, size: 64, ...(isWhole && { incrs: WHOLE }), values: (_, ticks) => ticks.map(show) },
        ],
        series: [{}, ...series.map(line)],
        hooks: { draw: [(self) => drawMarks(self, latestMarks.current)] },
      },
      data,
      place.current,
    );
    const resize = new ResizeObserver(([{ contentRect }]) =>
      plot.current.setSize({ width: contentRect.width, height: HEIGHT }),
    );
    resize.observe(place.current);
    return () => {
      resize.disconnect();
      plot.current.destroy();
    };
  }, [theme, series.length]);
  useEffect(() => plot.current.setData(data), [times, ...series.map(({ values }) => values)]);

  const latest = series.map(({ label, values, line }) => [label, values.findLast((value) => value !== null), line]);
  return html`
    <figure class="chart">
      <figcaption>
        <h3>${title}</h3>
        <ul>
          ${latest.map(
            ([label, value, line]) => html`
              <li key=${label}><span class=${`dot line-${line}`}></span>${label} <b>${show(value ?? null)}</b></li>
            `,
          )}
        </ul>
      </figcaption>
      <div ref=${place} class="plot" aria-hidden="true"></div>
    </figure>
  `;
}

function drawMarks({ ctx, bbox, valToPos }, marks) {
  ctx.save();
  ctx.strokeStyle = colour('--mark');
  ctx.setLineDash([4, 4]);
  for (const at of marks) {
    const x = Math.round(valToPos(at / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
