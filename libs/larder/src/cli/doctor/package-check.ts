import type { Finding } from './finding.js';

/** The installed version of a package; `undefined` if it is not installed. */
export type VersionOf = (name: string) => string | undefined;

/** The oldest Node that is supported. */
const MIN_NODE = [20, 19] as const;

/**
 * Compares Node and the installed peers with what the package needs.
 *
 * @param peers ranges by name, as in package.json
 * @param node the version of Node, such as `22.1.0`
 */
export function checkPackages(
  peers: Readonly<Record<string, string>>,
  versionOf: VersionOf,
  node: string,
): readonly Finding[] {
  const findings: Finding[] = [];
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    findings.push(problem(`Node is version ${node}`, `Larder needs Node ${MIN_NODE.join('.')} or later`));
  }
  for (const [name, range] of Object.entries(peers)) {
    const version = versionOf(name);
    if (version === undefined || fits(version, range)) continue;
    findings.push(
      problem(`${name} is version ${version}`, `Larder works with ${range}: npm install ${name}@"${range}"`),
    );
  }
  if (findings.length > 0) return findings;
  return [{ area: 'packages', level: 'ok', text: `Node ${node} and the installed packages fit` }];
}

function problem(text: string, remedy: string): Finding {
  return { area: 'packages', level: 'problem', text, remedy };
}

/** Whether a version is within a range of the form `^1.2 || ^3`. */
function fits(version: string, range: string): boolean {
  const given = version.split('.').map((part) => Number.parseInt(part, 10));
  return range.split('||').some((part) => {
    const [major = 0, minor = 0] = part.trim().slice(1).split('.').map(Number);
    if (given[0] !== major) return false;
    return major === 0 ? given[1] === minor : (given[1] ?? 0) >= minor;
  });
}
