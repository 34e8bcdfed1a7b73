import { join } from 'node:path';
import ts from 'typescript';
import { FoundNodes } from './found-nodes.js';
import type { DeclaredTargets, Invalidator } from './target.js';

type Callable = ts.FunctionLikeDeclaration;

/**
 * Finds what arena declares to invalidate, from the syntax: the targets of `@CacheInvalidate` and `@CacheWriteThrough`, the
 * arguments of `cache.invalidate`, and what the rules of the change feed return. Follows the functions that make the lists.
 *
 * @param root of the repository
 */
export function findTargets(root: string): DeclaredTargets {
  const program = programOf(join(root, 'apps/arena/tsconfig.json'));
  const finder = new TargetFinder(program.getTypeChecker());
  const source = join(root, 'apps/arena/src');
  for (const file of program.getSourceFiles()) if (file.fileName.startsWith(source)) finder.visit(file);
  return finder.found.declaredIn(root);
}

function programOf(config: string): ts.Program {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }: ts.Diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(config, {}, host);
  if (parsed === undefined) throw new Error(`Invalid ${config}: it could not be read.`);
  return ts.createProgram({ rootNames: parsed.fileNames, options: parsed.options });
}

class TargetFinder {
  readonly found = new FoundNodes();
  readonly #checker: ts.TypeChecker;
  readonly #followed = new Set<string>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  visit(node: ts.Node): void {
    if (ts.isDecorator(node) && ts.isCallExpression(node.expression)) this.#decorator(node.expression);
    else if (ts.isCallExpression(node)) this.#call(node);
    ts.forEachChild(node, (child) => this.visit(child));
  }

  #decorator(call: ts.CallExpression): void {
    const name = call.expression.getText();
    if (name !== 'CacheInvalidate' && name !== 'CacheWriteThrough') return;
    if (name === 'CacheWriteThrough') this.found.add(call, 'decorator', 'write');
    this.#property(call.arguments[0], 'targets', 'write');
  }

  #call(call: ts.CallExpression): void {
    if (call.expression.getText() === 'onTable') this.#property(call.arguments[1], 'invalidate', 'row');
    if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'invalidate') return;
    const receiver = this.#checker.getTypeAtLocation(call.expression.expression);
    if (receiver.symbol?.name === 'Cache') this.#elements(call.arguments, 'write');
  }

  #property(options: ts.Expression | undefined, name: string, invalidator: Invalidator): void {
    if (options === undefined || !ts.isObjectLiteralExpression(options)) return;
    for (const property of options.properties) {
      if (!ts.isPropertyAssignment(property) || property.name.getText() !== name) continue;
      const { initializer } = property;
      const lists = isFunction(initializer) ? resultsOf(initializer) : [initializer];
      for (const list of lists) this.#list(list, invalidator, true);
    }
  }

  /** @param isDeclared whether the declaration itself contains the list, and not a function that it calls */
  #list(list: ts.Expression, invalidator: Invalidator, isDeclared: boolean): void {
    if (ts.isParenthesizedExpression(list) || ts.isAsExpression(list)) {
      this.#list(list.expression, invalidator, isDeclared);
    } else if (ts.isConditionalExpression(list)) {
      this.#list(list.whenTrue, invalidator, isDeclared);
      this.#list(list.whenFalse, invalidator, isDeclared);
    } else if (ts.isArrayLiteralExpression(list)) {
      this.#elements(list.elements, invalidator);
    } else if (ts.isCallExpression(list)) {
      const [first] = list.arguments;
      const isFlatMap = ts.isPropertyAccessExpression(list.expression) && list.expression.name.text === 'flatMap';
      if (isFlatMap && first !== undefined && isFunction(first)) {
        for (const result of resultsOf(first)) this.#list(result, invalidator, isDeclared);
        return;
      }
      if (isDeclared) this.found.add(list, 'list', invalidator);
      this.#follow(list, invalidator);
    } else if (isDeclared) this.found.add(list, 'list', invalidator);
  }

  #elements(elements: readonly ts.Expression[], invalidator: Invalidator): void {
    for (const element of elements) {
      if (ts.isSpreadElement(element)) {
        this.found.add(element.expression, 'list', invalidator);
        this.#list(element.expression, invalidator, false);
      } else this.found.add(element, 'element', invalidator);
    }
  }

  /** The targets that a function of arena returns. */
  #follow(call: ts.CallExpression, invalidator: Invalidator): void {
    const called = this.#functionOf(call.expression);
    if (called === undefined) return;
    if (called.parameters.at(-1)?.dotDotDotToken !== undefined) {
      const rest = call.arguments.slice(called.parameters.length - 1);
      if (rest.length > 1) this.#elements(rest, invalidator);
    }
    const place = `${invalidator} ${called.getSourceFile().fileName} ${called.pos}`;
    if (this.#followed.has(place)) return;
    this.#followed.add(place);
    for (const result of resultsOf(called)) this.#list(result, invalidator, false);
  }

  #functionOf(callee: ts.Expression): Callable | undefined {
    const symbol = this.#checker.getSymbolAtLocation(callee);
    if (symbol === undefined || !ts.isIdentifier(callee)) return undefined;
    const isImported = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const { valueDeclaration } = isImported ? this.#checker.getAliasedSymbol(symbol) : symbol;
    const isOwn = valueDeclaration !== undefined && !valueDeclaration.getSourceFile().isDeclarationFile;
    return isOwn && ts.isFunctionDeclaration(valueDeclaration) ? valueDeclaration : undefined;
  }
}

function isFunction(node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

/** The expressions that a function returns. */
function resultsOf({ body }: Callable): ts.Expression[] {
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [body];
  const results: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) results.push(node.expression);
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  };
  visit(body);
  return results;
}
