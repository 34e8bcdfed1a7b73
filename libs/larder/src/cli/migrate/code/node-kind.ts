import type {
  ArrayLiteralExpression,
  ArrowFunction,
  AsExpression,
  AwaitExpression,
  BinaryExpression,
  Block,
  CallExpression,
  ClassDeclaration,
  ConditionalExpression,
  ConstructorDeclaration,
  Decorator,
  ExpressionStatement,
  ForOfStatement,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
  IfStatement,
  MethodDeclaration,
  NewExpression,
  Node,
  NonNullExpression,
  ObjectLiteralExpression,
  ParameterDeclaration,
  ParenthesizedExpression,
  PropertyAccessExpression,
  PropertyAssignment,
  PropertyDeclaration,
  ReturnStatement,
  SatisfiesExpression,
  SpreadAssignment,
  SpreadElement,
  StringLiteral,
  TemplateExpression,
  VariableDeclaration,
  VariableStatement,
} from 'ts-morph';

interface Kinds {
  readonly ArrayLiteralExpression: ArrayLiteralExpression;
  readonly ArrowFunction: ArrowFunction;
  readonly AsExpression: AsExpression;
  readonly AwaitExpression: AwaitExpression;
  readonly BinaryExpression: BinaryExpression;
  readonly Block: Block;
  readonly CallExpression: CallExpression;
  readonly ClassDeclaration: ClassDeclaration;
  readonly ConditionalExpression: ConditionalExpression;
  readonly Constructor: ConstructorDeclaration;
  readonly Decorator: Decorator;
  readonly ExpressionStatement: ExpressionStatement;
  readonly ForOfStatement: ForOfStatement;
  readonly FunctionDeclaration: FunctionDeclaration;
  readonly FunctionExpression: FunctionExpression;
  readonly Identifier: Identifier;
  readonly IfStatement: IfStatement;
  readonly MethodDeclaration: MethodDeclaration;
  readonly NewExpression: NewExpression;
  readonly NonNullExpression: NonNullExpression;
  readonly ObjectLiteralExpression: ObjectLiteralExpression;
  readonly Parameter: ParameterDeclaration;
  readonly ParenthesizedExpression: ParenthesizedExpression;
  readonly PropertyAccessExpression: PropertyAccessExpression;
  readonly PropertyAssignment: PropertyAssignment;
  readonly PropertyDeclaration: PropertyDeclaration;
  readonly ReturnStatement: ReturnStatement;
  readonly SatisfiesExpression: SatisfiesExpression;
  readonly SpreadAssignment: SpreadAssignment;
  readonly SpreadElement: SpreadElement;
  readonly StringLiteral: StringLiteral;
  readonly TemplateExpression: TemplateExpression;
  readonly VariableDeclaration: VariableDeclaration;
  readonly VariableStatement: VariableStatement;
}

/** Whether a node is of a kind. By name: the guards of ts-morph would need its code, which is loaded when the command runs. */
export function is<Kind extends keyof Kinds>(node: Node | undefined, kind: Kind): node is Kinds[Kind] {
  return node?.getKindName() === kind;
}

/** The expression below parentheses, `await`, `!`, `as` and `satisfies`. */
export function bare(node: Node): Node {
  let inner = node;
  while (isWrapper(inner)) inner = inner.getExpression();
  return inner;
}

/** The expression with the parentheses, `await`, `!`, `as` and `satisfies` around it. */
export function wrapped(node: Node): Node {
  let outer = node;
  for (let parent = node.getParent(); isWrapper(parent); parent = parent.getParent()) outer = parent;
  return outer;
}

type Wrapper = ParenthesizedExpression | AwaitExpression | NonNullExpression | AsExpression | SatisfiesExpression;

function isWrapper(node: Node | undefined): node is Wrapper {
  return (
    is(node, 'ParenthesizedExpression') ||
    is(node, 'AwaitExpression') ||
    is(node, 'NonNullExpression') ||
    is(node, 'AsExpression') ||
    is(node, 'SatisfiesExpression')
  );
}

/** The method around a node, past the functions inside of it. */
export function methodAround(node: Node): MethodDeclaration | undefined {
  return node.getAncestors().find((ancestor): ancestor is MethodDeclaration => is(ancestor, 'MethodDeclaration'));
}

/** The nodes below a node that run with it: those inside of functions are left out. */
export function* ownNodes(node: Node): Generator<Node> {
  for (const child of node.forEachChildAsArray()) {
    yield child;
    if (!isFunction(child)) yield* ownNodes(child);
  }
}

export function isFunction(node: Node): node is ArrowFunction | FunctionExpression | FunctionDeclaration {
  return is(node, 'ArrowFunction') || is(node, 'FunctionExpression') || is(node, 'FunctionDeclaration');
}
