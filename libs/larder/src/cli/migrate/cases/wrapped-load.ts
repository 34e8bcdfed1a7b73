import type { ArrowFunction, Block, MethodDeclaration, Node, Statement } from 'ts-morph';
import { keptResult } from '../code/fresh-values.js';
import { indentOf, reindented } from '../code/indentation.js';
import { bare, is } from '../code/node-kind.js';
import { isConstant, removeUnused } from '../code/statements.js';
import type { TextEdits } from '../code/text-edits.js';
import type { CacheCall } from './cache-calls.js';
import { type CachedRead, ttlOf } from './cached-read.js';
import { type Refusal, refuse } from './candidate.js';

/** `return this.cache.wrap(key, () => …, ttl)`. */
export function ofWrap(
  method: MethodDeclaration,
  body: Block,
  calls: readonly CacheCall[],
): CachedRead | Refusal | undefined {
  const [only, ...further] = calls;
  if (only === undefined || only.method !== 'wrap') return undefined;
  if (further.length > 0) return refuse(method, 'it calls the cache more than once');
  const statements = body.getStatements();
  const last = statements.at(-1);
  if (
    !is(last, 'ReturnStatement') ||
    last.getExpression() === undefined ||
    bare(last.getExpressionOrThrow()) !== only.call
  )
    return undefined;
  const before = statements.slice(0, -1);
  if (!before.every(isConstant))
    return refuse(method, 'code runs before the cache is read', 'Move it to a method that calls this one');
  const [key, work, ttl, threshold] = only.call.getArguments();
  if (key === undefined || !is(work, 'ArrowFunction')) return refuse(method, 'what it loads is no arrow function');
  if (threshold !== undefined) return refuse(method, 'it refreshes early', 'Use @Cacheable with refreshAhead');
  const time = ttlOf(ttl);
  if (time === 'unknown')
    return refuse(method, 'the options of wrap are more than a TTL', 'Use @Cacheable with refreshAhead');
  const inner = work.getBody();
  return {
    key,
    ttl: time,
    calls,
    serves: 'defined',
    kept: keptResult(inner),
    write: (edits) => {
      removeUnused(edits, before, inner);
      writeBody(edits, last, work);
    },
  };
}

/** Writes what a function does in place of a statement. */
function writeBody(edits: TextEdits, statement: Statement, work: ArrowFunction): void {
  const inner = work.getBody();
  const to = indentOf(statement);
  if (!is(inner, 'Block')) {
    edits.replace(statement, `return ${reindented(bareText(inner), indentOf(inner), to)};`);
    return;
  }
  const [first] = inner.getStatementsWithComments();
  if (first === undefined) {
    edits.removeLine(statement);
    return;
  }
  const code = inner
    .getSourceFile()
    .getFullText()
    .slice(first.getStart(), inner.getEnd() - 1)
    .trimEnd();
  edits.replace(statement, reindented(code, indentOf(first), to));
}

/** `({ a: 1 })` without its parentheses. */
function bareText(expression: Node): string {
  return is(expression, 'ParenthesizedExpression') ? expression.getExpression().getText() : expression.getText();
}
