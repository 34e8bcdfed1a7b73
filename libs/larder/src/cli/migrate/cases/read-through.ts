import type { ArrowFunction, Block, Expression, MethodDeclaration, Node, Statement } from 'ts-morph';
import { durationText } from '../code/durations.js';
import { keptElsewhere, keptResult } from '../code/fresh-values.js';
import { indentOf, reindented } from '../code/indentation.js';
import { parameterList, portableKey } from '../code/key-text.js';
import { bare, is, ownNodes } from '../code/node-kind.js';
import { placeOf, shown } from '../code/place.js';
import { changeOfResult } from '../code/read-only-use.js';
import type { TextEdits } from '../code/text-edits.js';
import { allows, classWithin, isAlwaysTruthy, resultType } from '../code/value-types.js';
import type { CacheCall } from './cache-calls.js';
import { addDecorator, type Candidate, type Refusal, refuse } from './candidate.js';

/** Which stored values it returns: those for which `if (value)` is true, all but null and undefined, or all but undefined. */
type Served = 'truthy' | 'present' | 'defined';

/** What a method does around its cache. */
interface ReadThrough {
  readonly key: Node;
  readonly ttl: Node | undefined;
  readonly calls: readonly CacheCall[];
  readonly serves: Served;
  readonly kept: Node | undefined;
  write(edits: TextEdits): void;
}

/** A TTL for methods that name none: the module's, as far as it is known. */
export type DefaultTtl = { readonly text: string } | undefined;

/** A method that reads a key, and loads and stores its value when it is missing. */
export function readThrough(
  method: MethodDeclaration,
  calls: readonly CacheCall[],
  defaultTtl: DefaultTtl,
): Candidate | Refusal {
  const body = method.getBody();
  if (!is(body, 'Block')) return refuse(method, 'it has no body');
  const found = ofWrap(method, body, calls) ?? ofGetAndSet(body, calls);
  if (found === undefined) {
    return refuse(
      method,
      'it does more with the cache than read a key, load and store',
      'Use cache.getOrLoad of nest-larder, or split the method',
    );
  }
  if ('reason' in found) return found;
  const problem = problemOf(method, found);
  if (problem !== undefined) return problem;
  const key = portableKey(found.key, method);
  if (typeof key === 'string') return refuse(method, key, 'Make the key from the parameters');
  const ttl = found.ttl === undefined ? defaultTtl?.text : durationText(found.ttl);
  if (ttl === undefined) {
    const reason =
      found.ttl === undefined
        ? 'its TTL is that of the module, which is known at runtime only'
        : 'its TTL is known at runtime only';
    return refuse(method, reason, 'Write the TTL as a number, or as a constant');
  }
  const list = parameterList(method, key.parameters);
  if (list === undefined) return refuse(method, 'its parameters have no types', 'Declare their types');
  const type = resultType(method);
  const storesNull = found.serves === 'defined' && type !== undefined && allows(type, 'null');
  return {
    kind: 'Cacheable',
    method,
    calls: found.calls,
    shapes: [key.shape],
    keys: [key],
    decorators: [],
    edit: (edits, form) => {
      found.write(edits);
      const options = [
        `key: (${list.join(', ')}) => ${form(key)}`,
        `ttl: ${ttl}`,
        ...(storesNull ? ['cacheNull: true'] : []),
      ];
      addDecorator(edits, method, `@Cacheable({ ${options.join(', ')} })`);
      if (!method.isAsync()) edits.insert(method.getSourceFile(), method.getNameNode().getStart(), 'async ');
    },
  };
}

function problemOf(method: MethodDeclaration, { serves, kept }: ReadThrough): Refusal | undefined {
  if (method.isStatic()) return refuse(method, 'it is static');
  if (method.getTypeParameters().length > 0) return refuse(method, 'it has type parameters');
  if (method.getName().startsWith('#')) return refuse(method, 'it is a #private method');
  const type = resultType(method);
  if (type === undefined) return refuse(method, 'it returns no promise');
  const { strict, strictNullChecks = strict } = method.getProject().getCompilerOptions();
  if (serves === 'defined' && !strictNullChecks) {
    return refuse(method, 'whether it returns null cannot be told without strictNullChecks', 'Set strictNullChecks');
  }
  if (serves === 'truthy' && !isAlwaysTruthy(type)) {
    return refuse(
      method,
      "a stored 0, '' or false is loaded again, and any and unknown tell nothing",
      'Compare with undefined, or declare what it returns',
    );
  }
  if (serves === 'defined' && allows(type, 'null') && allows(type, 'undefined'))
    return refuse(method, 'it returns null and undefined');
  const className = classWithin(type);
  if (className !== undefined) {
    return refuse(
      method,
      `it returns ${className === 'any' || className === 'unknown' ? className : `instances of ${className}`}`,
      'Name the class in classes of LarderModule.forRoot, or return plain data',
    );
  }
  if (kept !== undefined)
    return refuse(kept, 'the value may be kept elsewhere, and Larder freezes what it stores', 'Return a copy');
  const change = changeOfResult(method.getNameNode());
  if (change === undefined) return undefined;
  return refuse(
    method,
    `its result may be changed at ${shown(placeOf(change))}, and Larder freezes what it stores`,
    'Change a copy there',
  );
}

/** `return this.cache.wrap(key, () => …, ttl)`. */
function ofWrap(
  method: MethodDeclaration,
  body: Block,
  calls: readonly CacheCall[],
): ReadThrough | Refusal | undefined {
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

function ttlOf(given: Node | undefined): Node | undefined | 'unknown' {
  if (given === undefined || given.getText() === 'undefined') return undefined;
  if (is(given, 'ObjectLiteralExpression')) {
    const [only, ...others] = given.getProperties();
    if (others.length > 0 || !is(only, 'PropertyAssignment') || only.getName() !== 'ttl') return 'unknown';
    return only.getInitializerOrThrow();
  }
  return given.getType().isNumber() || given.getType().isNumberLiteral() ? given : 'unknown';
}

/** `const cached = await this.cache.get(key); if (cached) return cached; … await this.cache.set(key, value); return value`. */
function ofGetAndSet(body: Block, calls: readonly CacheCall[]): ReadThrough | Refusal | undefined {
  const [get, set, ...further] = [...calls].sort((one, other) => one.call.getStart() - other.call.getStart());
  if (get?.method !== 'get' || set?.method !== 'set' || further.length > 0) return undefined;
  const statements = body.getStatements();
  const at = statements.findIndex(
    (statement) => variableOf(statement) !== undefined && bareInitializer(statement) === get.call,
  );
  const before = statements.slice(0, at);
  const [read, check, ...rest] = statements.slice(at);
  if (at < 0 || read === undefined || !is(check, 'IfStatement') || check.getElseStatement() !== undefined)
    return undefined;
  if (!before.every(isConstant))
    return refuse(read, 'code runs before the cache is read', 'Move it to a method that calls this one');
  const variable = variableOf(read) as string;
  const [key, value, ttl] = set.call.getArguments();
  const [asked] = get.call.getArguments();
  if (asked === undefined || key === undefined || value === undefined || asked.getText() !== key.getText()) {
    return refuse(set.call, 'it stores under another key than it reads');
  }
  const time = ttlOf(ttl);
  if (time === 'unknown') return refuse(set.call, 'its TTL is no number');
  const common = { key: asked, ttl: time, calls };
  const condition = check.getExpression().getText();
  const then = statementsOf(check.getThenStatement());
  const hit = hitConditionOf(condition, variable);
  if (hit !== undefined && then.length === 1 && returnsVariable(then[0], variable)) {
    const steps = loadSteps(rest, set, value);
    if (typeof steps !== 'object') return refuse(set.call, steps ?? 'it is not stored directly before it is returned');
    const inner = rest.slice(0, -2);
    if (inner.some((statement) => uses(statement, variable)))
      return refuse(read, `${variable} is used after the cache has missed`);
    return {
      ...common,
      serves: hit,
      kept: keptElsewhere(value),
      write: (edits) => {
        removeUnused(edits, before, ...inner, steps.result);
        for (const gone of [read, check, steps.store]) edits.removeLine(gone);
      },
    };
  }
  const miss = missConditionOf(condition, variable);
  if (miss === undefined || rest.length !== 1 || !returnsVariable(rest[0], variable)) return undefined;
  const [store, assigned, ...earlier] = [...then].reverse();
  const assignment = is(assigned, 'ExpressionStatement') ? assigned.getExpression() : undefined;
  if (store === undefined || callIn(store) !== set.call || !is(assignment, 'BinaryExpression')) return undefined;
  if (
    assignment.getLeft().getText() !== variable ||
    assignment.getOperatorToken().getText() !== '=' ||
    value.getText() !== variable
  )
    return undefined;
  if (earlier.some((statement) => uses(statement, variable) || returnsEarly(statement)))
    return refuse(check, 'the load is not the last thing that it does');
  return {
    ...common,
    serves: miss,
    kept: keptElsewhere(assignment.getRight()),
    write: (edits) => {
      removeUnused(edits, before, ...earlier, assignment.getRight());
      edits.removeLine(read);
      const [from, to] = [indentOf(store), indentOf(check)];
      const texts = [...earlier.reverse().map((one) => one.getText()), `return ${assignment.getRight().getText()};`];
      edits.replace(check, texts.map((text) => reindented(text, from, to)).join(`\n${to}`));
      edits.removeLine(rest[0] as Statement);
    },
  };
}

interface LoadSteps {
  readonly store: Statement;
  readonly result: Statement;
}

/** `set` and `return` at the end, and nothing that leaves the method before them with a value. */
function loadSteps(
  rest: readonly Statement[],
  set: CacheCall,
  value: Expression | Node,
): LoadSteps | string | undefined {
  const [result, store, ...earlier] = [...rest].reverse();
  if (store === undefined || callIn(store) !== set.call || !is(value, 'Identifier')) return undefined;
  if (!is(result, 'ReturnStatement') || result.getExpression()?.getText() !== value.getText()) return undefined;
  return earlier.some(returnsEarly) ? 'it returns some values without storing them' : { store, result };
}

function returnsEarly(statement: Statement): boolean {
  return [statement, ...ownNodes(statement)].some((node) => {
    if (!is(node, 'ReturnStatement')) return false;
    const text = node.getExpression()?.getText();
    return text !== undefined && text !== 'null' && text !== 'undefined';
  });
}

function hitConditionOf(condition: string, variable: string): Served | undefined {
  if (condition === variable || condition === `!!${variable}` || condition === `Boolean(${variable})`) return 'truthy';
  return condition === `${variable} !== undefined` ? 'defined' : nullCheck(condition, variable, '!=');
}

function missConditionOf(condition: string, variable: string): Served | undefined {
  if (condition === `!${variable}`) return 'truthy';
  return condition === `${variable} === undefined` ? 'defined' : nullCheck(condition, variable, '==');
}

/** `value != null` or `value != undefined`. */
function nullCheck(condition: string, variable: string, operator: string): 'present' | undefined {
  return condition === `${variable} ${operator} null` || condition === `${variable} ${operator} undefined`
    ? 'present'
    : undefined;
}

function returnsVariable(statement: Statement | undefined, variable: string): boolean {
  if (!is(statement, 'ReturnStatement')) return false;
  const value = statement.getExpression();
  return value !== undefined && bare(value).getText() === variable;
}

function statementsOf(statement: Statement): readonly Statement[] {
  return is(statement, 'Block') ? statement.getStatements() : [statement];
}

function callIn(statement: Statement): Node | undefined {
  return is(statement, 'ExpressionStatement') ? bare(statement.getExpression()) : undefined;
}

function uses(node: Node, name: string): boolean {
  return [node, ...node.getDescendants()].some((inner) => is(inner, 'Identifier') && inner.getText() === name);
}

/** The name of the only variable that a statement declares. */
function variableOf(statement: Statement): string | undefined {
  const [declaration, ...others] = is(statement, 'VariableStatement') ? statement.getDeclarations() : [];
  return others.length === 0 && is(declaration?.getNameNode(), 'Identifier') ? declaration.getName() : undefined;
}

function bareInitializer(statement: Statement): Node | undefined {
  const initializer = is(statement, 'VariableStatement') ? statement.getDeclarations()[0]?.getInitializer() : undefined;
  return initializer === undefined ? undefined : bare(initializer);
}

/** A `const` whose value needs no waiting and no `this`: the key. */
function isConstant(statement: Statement): boolean {
  if (!is(statement, 'VariableStatement') || statement.getDeclarationKind() !== 'const') return false;
  return !statement
    .getDescendants()
    .some((node) => /^(AwaitExpression|ThisKeyword|NewExpression)$/.test(node.getKindName()));
}

/** Removes constants that only the cache needed. */
function removeUnused(edits: TextEdits, constants: readonly Statement[], ...kept: readonly Node[]): void {
  const used: Node[] = [...kept];
  for (const constant of [...constants].reverse()) {
    const name = variableOf(constant);
    if (name === undefined || used.some((node) => uses(node, name))) used.push(constant);
    else edits.removeLine(constant);
  }
}
