import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { newConditions } from '../../libs/larder/src/alerts/conditions.js';
import { metricsIn, PROMETHEUS_NAMES } from '../support/prometheus-names.js';
import { promtool } from '../support/promtool.js';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFile(join(root, path), 'utf8');
const pathOf = (file: string) => join(root, 'ops/prometheus', file);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

let rules: string;
let tests: string;
let runbook: string;
beforeAll(async () => {
  [rules, tests, runbook] = await Promise.all([
    textOf('ops/prometheus/alerts.yml'),
    textOf('ops/prometheus/alerts.test.yml'),
    textOf('docs/runbook.md'),
  ]);
});

const alertsIn = (text: string) => [...text.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);
const unknown = (names: readonly string[]) => names.filter((name) => !PROMETHEUS_NAMES.has(name));

describe('the rules for Prometheus', () => {
  it('are valid, and each alert is silent, fires and stops in its test', async () => {
    expect(await promtool(['check', 'rules', pathOf('alerts.yml')])).toMatchObject({ code: 0 });
    expect(await promtool(['test', 'rules', pathOf('alerts.test.yml')])).toMatchObject({ code: 0 });
    for (const alert of alertsIn(rules)) {
      const states = [...tests.matchAll(new RegExp(`alertname: ${alert}\\n +exp_alerts:( \\[\\])?`, 'g'))];
      expect([alert, states.map(([, none]) => (none === undefined ? 'fires' : 'silent'))]).toEqual([
        alert,
        ['silent', 'fires', 'silent'],
      ]);
    }
  }, 60_000);

  it('are one for each condition in the process, and each has a section in the runbook', () => {
    const conditions = newConditions().map(({ name }) => name as string);
    const inRules = [...rules.matchAll(/runbook_url: docs\/runbook\.md#([a-z-]+)/g)].map(
      ([, anchor]) => anchor as string,
    );
    expect(inRules.sort()).toEqual([...conditions].sort());
    const sections = [...runbook.matchAll(/^## ([a-z-]+)\n\n`(\w+)`/gm)].map(([, name, alert]) => [name, alert]);
    expect(sections.map(([name]) => name).sort()).toEqual([...conditions].sort());
    expect(sections.map(([, alert]) => alert).sort()).toEqual(alertsIn(rules).sort());
  });

  it('use metrics of the reference', () => {
    expect(metricsIn(rules).length).toBeGreaterThan(10);
    expect(unknown(metricsIn(rules))).toEqual([]);
  });

  it('are loaded by the scrape configuration', async () => {
    const { code, output } = await promtool(['check', 'config', '--syntax-only', pathOf('prometheus.yml')]);
    expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

describe('the board for Grafana', () => {
  it('has valid queries of metrics of the reference', async () => {
    const { panels } = JSON.parse(await textOf('ops/grafana/larder.json')) as { panels: readonly Panel[] };
    const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(queries.length).toBeGreaterThan(20);
    for (const { title, expr } of queries) expect([title, unknown(metricsIn(expr))]).toEqual([title, []]);
    const records = queries.map(({ expr }, number) => ({
      record: `board:query_${number}`,
      expr: withoutVariables(expr),
    }));
    // JSON is YAML.
    const file = JSON.stringify({ groups: [{ name: 'board', rules: records }] });
    expect(await checked(file)).toEqual({
      code: 0,
      output: expect.stringContaining(`SUCCESS: ${queries.length} rules found`),
    });
    expect((await checked(file.replace('rate(', 'rat('))).code).not.toBe(0);
  });
});

/** What promtool says about the text of a rule file. */
async function checked(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'larder-rules-'));
  const path = join(folder, 'rules.yml');
  await writeFile(path, text);
  const outcome = await promtool(['check', 'rules', path]);
  await rm(folder, { recursive: true });
  return outcome;
}

/** A query as Grafana sends it. */
function withoutVariables(query: string): string {
  return query.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)/g, '.*');
}
