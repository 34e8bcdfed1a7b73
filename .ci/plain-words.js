// Fails when prose uses a phrase that this project replaced by a plainer one: `node .ci/plain-words.js [files]`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CHECKED = ['*.md', '*.ts', '*.js', '*.html', '.ci/run', ':!.ci/plain-words.js'];

/** What to look for (a space also matches a line break), and what to write instead. */
const PHRASES = [
  ['nobody', 'name the actor: "no node", "no caller"'],
  ['whoever', 'name the actor: "a client that", "each caller that"'],
  ['(some|any|every)body', 'name the actor: "another caller", "any caller", "each caller"'],
  ['whatever happens', 'name what can happen'],
  ['(is|are|was|were) told( of| about| by|\\b)', 'receives, is notified of'],
  ['not told', 'sends no event'],
  ['(for|longer than) ever', 'without a limit, with no timeout'],
  ['anew', 'again'],
  ['all the same', 'still'],
  ['at all the same', 'still'],
  ['in the same breath', 'in the same round trip'],
  ['such an?', 'this, or name the thing'],
  ['whose an answer is', 'per-user scopes'],
  ['says? whose', 'declares `scope`'],
  ['sent without making it again', 'responses serialised once'],
  ['values that are there already', 'cache warming'],
  ['looks through a browser', 'needs Chromium'],
  ['harms nobody', 'mutating it throws a `TypeError`'],
  ['lets go of', 'drops'],
  ['die of it', 'failures are counted, never thrown'],
  ['of whom', 'name the actor'],
  ['who may have which', 'access rules'],
  ['staleness here is age', 'a stale value is one past its TTL'],
  ['counts as no use', 'does not affect statistics or eviction'],
  ['one of which', 'name the thing'],
  ['expiry is no invalidation', 'expiry sends no event'],
  ['is no variable of', 'unknown environment variable'],
  ['is not good', 'invalid <name>: got <x>, expected <y>'],
  ['was not given out', 'unknown, used or expired'],
  ['waited for it or', 'background load failed'],
  ['do not say whose', 'without `scope`'],
  ['in none of these ways', 'none of these options ever serves an invalidated value'],
  ['is seen by the next read', 'reaches every process within milliseconds of the commit'],
];
/** A sentence that begins with "So" hides its cause: write "therefore" or "because", or omit it. */
const SENTENCE_SO = /(?:^|[.!?:]\s+|\|\s+|-\s+)(So)\s+(?=[a-z])/gm;

const rules = [
  ...PHRASES.map(([phrase, instead]) => ({
    instead,
    pattern: new RegExp(`\\b(${phrase.replaceAll(' ', '\\s+')})(?!\\w)`, 'gi'),
  })),
  { instead: 'begin with the subject', pattern: SENTENCE_SO },
];
const named = process.argv.slice(2);
const files =
  named.length > 0
    ? named
    : execFileSync('git', ['ls-files', '--', ...CHECKED], { encoding: 'utf8' })
        .split('\n')
        .filter(Boolean);
const findings = files.flatMap((file) => findingsIn(file, readFileSync(file, 'utf8')));

for (const { file, line, phrase, instead } of findings)
  console.error(`${file}:${line}: "${phrase}". Write: ${instead}.`);
process.exitCode = findings.length > 0 ? 1 : 0;

function findingsIn(file, text) {
  const prose = file.endsWith('.md') ? withoutCode(text) : proseOfCode(text);
  return rules
    .flatMap(({ instead, pattern }) =>
      [...prose.matchAll(pattern)].map((match) => ({
        file,
        line: prose.slice(0, match.index + match[0].indexOf(match[1])).split('\n').length,
        phrase: match[1].replace(/\s+/g, ' '),
        instead,
      })),
    )
    .sort((one, other) => one.line - other.line);
}

/** Blanks code in backticks and `text` blocks, because they quote what exists. Lines and columns stay the same. */
function withoutCode(text) {
  return text
    .replace(/^```text\n.*?^```/gms, (output) => output.replace(/[^\n]/g, '_'))
    .replace(/`[^`\n]+`/g, (code) => '_'.repeat(code.length));
}

/**
 * Blanks the markers that begin the lines of a comment, so that phrases match across its lines, and code in backticks there.
 * A string of one word is a value, such as the account `'nobody'` of Unix.
 */
function proseOfCode(text) {
  return text
    .replace(/^[ \t]*(?:\/\/|\/?\*+|#)(?=[ \t]).*$/gm, (line) =>
      withoutCode(line.replace(/^[ \t]*(?:\/\/|\/?\*+|#)/, (marker) => ' '.repeat(marker.length))),
    )
    .replace(/'[\w-]+'/g, (value) => '_'.repeat(value.length));
}
