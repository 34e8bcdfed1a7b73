import type { Finding } from './finding.js';

const MARKS = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' } as const;
const TITLES = {
  settings: 'Settings',
  redis: 'Redis',
  postgresql: 'PostgreSQL',
  methods: 'Methods',
  packages: 'Packages',
} as const;

/** The findings as one page. */
export function reportOf(findings: readonly Finding[]): string {
  const lines: string[] = [];
  for (const [area, title] of Object.entries(TITLES)) {
    const ofArea = findings.filter((finding) => finding.area === area);
    if (ofArea.length === 0) continue;
    lines.push(title);
    for (const { level, text, remedy } of ofArea) {
      lines.push(`  ${MARKS[level]}  ${text}.`);
      if (remedy !== undefined) lines.push(`           → ${remedy}.`);
    }
  }
  return [...lines, '', summaryOf(findings)].join('\n');
}

function summaryOf(findings: readonly Finding[]): string {
  const [problems, warnings] = (['problem', 'warning'] as const).map(
    (level) => findings.filter((finding) => finding.level === level).length,
  );
  return problems === 0 && warnings === 0 ? 'Nothing is wrong.' : `${problems} problems, ${warnings} warnings.`;
}
