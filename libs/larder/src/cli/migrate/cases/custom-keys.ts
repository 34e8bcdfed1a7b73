import type { Node, SourceFile } from 'ts-morph';
import { ANY_KEY, HOLE, type KeyShape, shapeOf } from '../code/key-shape.js';
import { is, ownNodes } from '../code/node-kind.js';
import { importedNames } from './cache-calls.js';

/** Code that caches by keys of its own, and stays. */
export interface CustomKeys {
  readonly node: Node;
  readonly reason: string;
  readonly remedy: string;
  readonly shapes: readonly KeyShape[];
}

const URLS: KeyShape = { text: `/${HOLE}`, holes: [], isUrl: true };

/** Classes that extend the interceptor, and the interceptor of all handlers. */
export function customKeys(sources: readonly SourceFile[]): CustomKeys[] {
  return importedNames(sources, ['CacheInterceptor']).flatMap((name): CustomKeys[] => {
    const parent = name.getParent();
    const owner = parent?.getAncestors().find((node) => is(node, 'ClassDeclaration'));
    if (parent?.getKindName() === 'ExpressionWithTypeArguments' && is(owner, 'ClassDeclaration')) {
      const trackBy = owner.getMethod('trackBy')?.getBody();
      const values =
        trackBy === undefined
          ? []
          : [...ownNodes(trackBy)].flatMap((node) => (is(node, 'ReturnStatement') ? (node.getExpression() ?? []) : []));
      const shapes =
        trackBy === undefined
          ? [URLS]
          : values.filter((value) => value.getText() !== 'undefined').map((value) => shapeOf(value));
      return [
        {
          node: owner,
          reason: `${owner.getName() ?? 'a class'} extends CacheInterceptor`,
          remedy: 'Use @Cacheable on the handlers, with the parts of its key',
          shapes,
        },
      ];
    }
    const decorator = parent?.getParent();
    if (is(decorator, 'Decorator') && decorator.getName() === 'UseInterceptors') return [];
    return [
      {
        node: name,
        reason: 'the interceptor caches every GET handler',
        remedy: 'Use @Cacheable on the handlers that should be cached',
        shapes:
          parent?.getText().includes('CacheInterceptor') === true && isGlobal(name)
            ? [URLS, ...notedKeys(sources)]
            : [ANY_KEY],
      },
    ];
  });
}

function isGlobal(name: Node): boolean {
  return name
    .getAncestors()
    .some(
      (around) =>
        /APP_INTERCEPTOR|useGlobalInterceptors/.test(around.getText().slice(0, 200)) && !is(around, 'ClassDeclaration'),
    );
}

function notedKeys(sources: readonly SourceFile[]): KeyShape[] {
  return importedNames(sources, ['CacheKey']).map((name) => {
    const call = name.getParent();
    const [given] = is(call, 'CallExpression') ? call.getArguments() : [];
    return given === undefined ? ANY_KEY : shapeOf(given);
  });
}
