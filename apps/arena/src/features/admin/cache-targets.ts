import { encodePath, type InvalidationReport, type Key, LarderKeyError, pattern, type Target, tag } from 'nest-larder';
import { z } from 'zod';

const key = z
  .unknown()
  .transform(toKey)
  .meta({ type: 'array', items: {}, example: ['items', 'list'] });

/** A key as JSON in a query parameter. */
export const keyText = z
  .string()
  .max(4_000)
  .transform((text, context) => {
    try {
      return toKey(JSON.parse(text), context);
    } catch {
      context.addIssue('Must be JSON, such as ["items","1"]');
      return z.NEVER;
    }
  })
  .meta({ description: 'The key as a JSON array.', example: '["items","1"]' });

/** Keys, tags and patterns to invalidate. */
export const targets = z
  .strictObject({
    keys: z
      .array(key)
      .max(1_000)
      .default([])
      .meta({
        description: 'A key also matches every key below it.',
        example: [['items', 'list']],
      }),
    tags: z
      .array(z.string().min(1).max(500))
      .max(1_000)
      .default([])
      .meta({ example: ['item-word:cue'] }),
    patterns: z
      .array(z.string().max(500).regex(/[^*]/, 'Must not match everything; to clear the cache, use clear-requests'))
      .max(20)
      .default([])
      .meta({ example: ['user:*:notifications'] }),
    continueOnError: z.boolean().default(true).meta({ description: 'false stops at the first target that fails.' }),
  })
  .refine(
    ({ keys, tags, patterns }) => [keys, tags, patterns].some((list) => list.length > 0),
    'Must name a key, a tag or a pattern',
  )
  .meta({ id: 'InvalidationTargets' });
export type Targets = z.infer<typeof targets>;

const target = z.object({
  key: z.array(z.unknown()).optional(),
  tag: z.string().optional(),
  pattern: z.string().optional(),
});
type NamedTarget = z.infer<typeof target>;

export const invalidationReport = z
  .object({
    delivered: z.int().meta({ description: 'Number of targets that no process serves any more.' }),
    undelivered: z
      .array(target)
      .meta({ description: 'This process no longer serves it; the others are notified as soon as Redis is back.' }),
    failed: z.array(z.object({ target, error: z.string() })),
    skipped: z.array(target),
  })
  .meta({ id: 'InvalidationReport' });
export type InvalidationReportAnswer = z.infer<typeof invalidationReport>;

/** Maps each target to the name that the client gave it. */
export function namesOf({ keys, tags, patterns }: Targets): ReadonlyMap<Target, NamedTarget> {
  const named: [Target, NamedTarget][] = [
    ...keys.map((key): [Target, NamedTarget] => [key, { key: [...key] }]),
    ...tags.map((name): [Target, NamedTarget] => [tag(name), { tag: name }]),
    ...patterns.map((glob): [Target, NamedTarget] => [pattern(glob), { pattern: glob }]),
  ];
  return new Map(named);
}

/** The report, with the targets named as in the request. */
export function toReport(
  { delivered, undelivered, failed, skipped }: InvalidationReport,
  names: ReadonlyMap<Target, NamedTarget>,
): InvalidationReportAnswer {
  const nameOf = (target: Target) => names.get(target) as NamedTarget;
  return {
    delivered,
    undelivered: undelivered.map(nameOf),
    failed: failed.map(({ target, error }) => ({ target: nameOf(target), error: String(error) })),
    skipped: skipped.map(nameOf),
  };
}

function toKey(value: unknown, context: z.RefinementCtx): Key {
  if (Array.isArray(value) && typeof value[0] === 'string') {
    const key = value as unknown as Key;
    try {
      encodePath(key);
      return key;
    } catch (error) {
      context.addIssue(
        error instanceof LarderKeyError ? `Invalid key: ${error.position} ${error.problem}` : 'Nested too deeply',
      );
      return z.NEVER;
    }
  }
  context.addIssue('Must be an array that begins with a text, such as ["items","1"]');
  return z.NEVER;
}
