// JSON with type marks and a reviver: what people write when they need it.

type Marked = readonly [mark: string, content: unknown];

const MARK = '$';

function marked(value: unknown): Marked | undefined {
  if (value === undefined) return ['undefined', null];
  if (typeof value === 'bigint') return ['bigint', String(value)];
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0) ? undefined : ['number', inNumbers(value)];
  }
  if (value instanceof Date) return ['date', inNumbers(value.getTime())];
  if (value instanceof Map) return ['map', [...value]];
  if (value instanceof Set) return ['set', [...value]];
  if (Buffer.isBuffer(value)) return ['buffer', value.toString('base64')];
  if (value instanceof Error) return ['error', { message: value.message, cause: value.cause, stack: value.stack }];
  return undefined;
}

function inNumbers(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

const REVIVE: Readonly<Record<string, (content: never) => unknown>> = {
  bigint: (digits: string) => BigInt(digits),
  number: (text: string) => Number(text),
  date: (time: string) => new Date(Number(time)),
  map: (pairs: [unknown, unknown][]) => new Map(pairs),
  set: (members: unknown[]) => new Set(members),
  buffer: (text: string) => Buffer.from(text, 'base64'),
  error: ({ message, ...rest }: { message: string }) => Object.assign(new Error(message), rest),
};

export function stringify(value: unknown): string {
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name) {
    // The value before `JSON.stringify` called its `toJSON`.
    const given = this[name];
    const [mark, content] = marked(given) ?? [];
    return mark === undefined ? given : { [MARK]: mark, content };
  });
}

export function parse(text: string): unknown {
  return JSON.parse(text, (_, value) => {
    const mark: unknown = value?.[MARK];
    if (typeof mark !== 'string') return value;
    return REVIVE[mark]?.(value.content as never);
  });
}
