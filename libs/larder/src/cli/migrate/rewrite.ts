import type { ClassDeclaration, Node, SourceFile } from 'ts-morph';
import type { Holder } from './cases/cache-calls.js';
import { moveRegistration } from './cases/cache-module.js';
import { nameOf, type Refusal, refuse } from './cases/candidate.js';
import { idOf, type Plan, planOf } from './cases/plan.js';
import { hasCounterpart, namesIn, withImports } from './code/imports.js';
import { indentOf } from './code/indentation.js';
import { is, methodAround } from './code/node-kind.js';
import { type Place, placeOf, type Remark } from './code/place.js';
import { TextEdits } from './code/text-edits.js';

/** A method that got a decorator. */
interface Rewritten extends Place {
  /** Tells methods apart across runs. */
  readonly id: string;
  readonly method: string;
  readonly decorator: string;
}

export interface Rewriting {
  /** The new text of each file that changes. */
  readonly files: ReadonlyMap<SourceFile, string>;
  readonly rewritten: readonly Rewritten[];
  readonly remarks: readonly Remark[];
}

const USE_OF_CACHE = 'Use nest-larder there, or leave it on nest-larder/compat';
const MODULES = /^(@nestjs\/cache-manager|cache-manager)$/;

/**
 * Rewrites what can be proven to stay the same, and moves the rest to `nest-larder/compat`. Changes no file.
 *
 * @param kept reasons by method, for those that must stay
 */
export function rewrite(
  sources: readonly SourceFile[],
  product: readonly SourceFile[],
  kept: ReadonlyMap<string, string>,
): Rewriting {
  const plan = planOf(sources, product, kept);
  const edits = new TextEdits();
  const refusals: Refusal[] = [...plan.refusals];
  const added = new Map<SourceFile, Set<string>>();
  const need = (source: SourceFile, name: string) => added.set(source, (added.get(source) ?? new Set()).add(name));
  for (const candidate of plan.candidates) {
    candidate.edit(edits, plan.form);
    for (const decorator of candidate.decorators) edits.removeLine(decorator);
    need(candidate.method.getSourceFile(), candidate.kind);
  }
  removeInterceptors(edits, plan);
  removeHolders(edits, plan);
  const isLast = refusals.length === 0 && plan.registrations.others.length === 0;
  for (const registration of plan.registrations.all) {
    const refusal = moveRegistration(edits, registration, isLast, plan.candidates.length > 0);
    if (refusal !== undefined) refusals.push(refusal);
    need(registration.call.getSourceFile(), 'LarderModule');
  }
  for (const source of sources) refusals.push(...otherMentions(source));
  const remarks = refusals.map(remarkOf);
  const rewritten = plan.candidates.map(({ method, kind }) => ({
    ...placeOf(method),
    id: idOf(method),
    method: nameOf(method),
    decorator: `@${kind}`,
  }));
  const files = new Map<SourceFile, string>();
  for (const source of sources) {
    const text = newText(source, edits, added.get(source) ?? new Set());
    if (text !== source.getFullText()) files.set(source, text);
  }
  return { files, rewritten, remarks };
}

function remarkOf({ node, reason, remedy = USE_OF_CACHE }: Refusal): Remark {
  const method = is(node, 'MethodDeclaration') ? node : methodAround(node);
  return { ...placeOf(node), text: method === undefined ? reason : `${nameOf(method)}: ${reason}`, remedy };
}

/** The text of a file with its edits and its imports. The file is as before afterwards. */
function newText(source: SourceFile, edits: TextEdits, added: ReadonlySet<string>): string {
  const before = source.getFullText();
  const names = namesIn(source);
  const edited = edits.textOf(source);
  if (edited === before && !source.getImportDeclarations().some((one) => MODULES.test(one.getModuleSpecifierValue())))
    return before;
  const copy = source
    .getProject()
    .createSourceFile(`${source.getFilePath().replace(/\.([cm]?tsx?)$/, '')}.larder-migrate.$1`, edited, {
      overwrite: true,
    });
  try {
    const text = withImports(copy, names, added);
    return text === before ? before : text;
  } finally {
    source.getProject().removeSourceFile(copy);
  }
}

/** The interceptor of a class moves to the handlers that keep it, or goes. */
function removeInterceptors(edits: TextEdits, plan: Plan): void {
  const rewritten = new Set<Node>(plan.candidates.map(({ method }) => method));
  for (const interceptor of new Set(
    plan.handlers.filter(({ isOnClass }) => isOnClass).map((handler) => handler.interceptor),
  )) {
    const ofClass = plan.handlers.filter((handler) => handler.interceptor === interceptor);
    if (!ofClass.some(({ method }) => rewritten.has(method))) continue;
    edits.removeLine(interceptor);
    const left = ofClass.filter(({ method }) => !rewritten.has(method));
    for (const { method } of left)
      edits.insert(method.getSourceFile(), method.getStart(), `${interceptor.getText()}\n${indentOf(method)}`);
    const noted = left.length === 0 ? ofClass[0]?.owner.getDecorator('CacheTTL') : undefined;
    if (noted !== undefined) edits.removeLine(noted);
  }
}

/** Removes the injected cache of classes that do not call it any more. */
function removeHolders(edits: TextEdits, plan: Plan): void {
  const gone = new Set(plan.candidates.flatMap(({ calls }) => calls));
  for (const holder of plan.uses.holders) {
    const calls = plan.uses.calls.filter((call) => call.holder === holder);
    if (calls.length === 0 || !calls.every((call) => gone.has(call))) continue;
    if (plan.uses.others.some(({ node }) => isUseOf(node, holder))) continue;
    removeHolder(edits, holder);
  }
}

function isUseOf(node: Node, { declaration, owner }: Holder): boolean {
  return node.getText() === declaration.getName() && node.getAncestors().includes(owner as ClassDeclaration);
}

function removeHolder(edits: TextEdits, { declaration }: Holder): void {
  if (is(declaration, 'PropertyDeclaration')) {
    edits.removeLine(declaration);
    return;
  }
  const maker = declaration.getParent();
  if (is(maker, 'Constructor') && maker.getParameters().length === 1 && maker.getStatements().length === 0)
    edits.removeLine(maker);
  else edits.removeElement(declaration);
}

/** What names the packages and is not rewritten: `jest.mock`, `require`, `export from`, and names that have no counterpart. */
function otherMentions(source: SourceFile): Refusal[] {
  const unknown = source
    .getImportDeclarations()
    .filter((declaration) => MODULES.test(declaration.getModuleSpecifierValue()))
    .flatMap((declaration) => declaration.getNamedImports())
    .filter((specifier) => !hasCounterpart(specifier))
    .map((specifier) =>
      refuse(specifier, `${specifier.getName()} has no counterpart in nest-larder/compat`, 'Replace it by hand'),
    );
  const named = source
    .getDescendants()
    .filter((node) => is(node, 'StringLiteral') && MODULES.test(node.getLiteralText()))
    .filter((node) => node.getParent()?.getKindName() !== 'ImportDeclaration')
    .map((node) => refuse(node, `${node.getText()} is named outside of an import`, 'Name nest-larder/compat there'));
  return [...unknown, ...named];
}
