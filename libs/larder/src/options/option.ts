/** What an option takes, and how a given value or the text of a variable becomes a setting. */
export interface Schema<Setting, Given = Setting> {
  /** The end of the sentence "it takes …". */
  readonly takes: string;
  /** The same for the documentation, in Markdown, where it differs there. */
  readonly documented?: string;
  /** What the variable takes, where that is less than the option takes. */
  readonly asText?: string;
  /** A text to show where the option has no default. */
  readonly example?: string;
  /** The setting; `undefined` for what the option does not take. */
  readonly read: (given: unknown) => Setting | undefined;
  /** What is wrong with what was not read, where more can be said than what it is, or where it must not be shown. */
  readonly problemsOf?: (given: unknown, name: string) => readonly string[];
  /** The type that the option has in code. Never set. */
  readonly given?: Given;
}

/** One option: everything else that is said about it follows from this. */
export interface Option<Setting, Given> {
  /** Its environment variable; `undefined` for an option in code only. */
  readonly env: string | undefined;
  readonly schema: Schema<NonNullable<Setting>, Given>;
  /** As it would be given. */
  readonly fallback: Given | undefined;
  /** What it does: a sentence in Markdown, with links relative to `docs/`. */
  readonly doc: string;
  /** Never set: the type of its setting. */
  readonly setting?: Setting;
}

/** The options of a group, by their names. */
export type Options = Readonly<Record<string, Option<unknown, unknown>>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the options of a group become. */
export type SettingsOf<Group> = {
  readonly [Name in keyof Group]: Group[Name] extends Option<infer Setting, infer _> ? Setting : never;
};

/** What is given for the options of a group. */
export type GivenFor<Group> = {
  readonly [Name in keyof Group]?: Group[Name] extends Option<infer _, infer Given> ? Given : never;
};

/** An option without a default: its setting is `undefined` where nothing is given. */
export function option<Setting, Given>(
  env: string | undefined,
  schema: Schema<Setting, Given>,
  fallback: undefined,
  doc: string,
): Option<Setting | undefined, Given>;
/** @param fallback the default, as it would be given */
export function option<Setting, Given>(
  env: string | undefined,
  schema: Schema<Setting, Given>,
  fallback: NoInfer<Given>,
  doc: string,
): Option<Setting, Given>;
export function option<Setting, Given>(
  env: string | undefined,
  schema: Schema<NonNullable<Setting>, Given>,
  fallback: Given | undefined,
  doc: string,
): Option<Setting, Given> {
  return { env, schema, fallback, doc };
}

/**
 * Reads a group: an option goes before its variable, and that before the default. A variable that is set to nothing counts
 * as not set.
 *
 * @param problems gets a sentence for everything that is not what an option takes, in the order of the group
 * @param prefix of the names of the options, such as `changeFeed.`
 * @returns the settings; the default stands for what was wrong
 */
export function readOptions<Group extends Options>(
  group: Group,
  given: object,
  env: Environment,
  problems: string[],
  prefix = '',
): SettingsOf<Group> {
  const settings = Object.entries(group).map(([name, one]) => {
    const own = (given as Readonly<Record<string, unknown>>)[name];
    return [name, readOption(one, own, env, problems, `The option ${prefix}${name}`)];
  });
  return Object.fromEntries(settings) as SettingsOf<Group>;
}

/** Reads one option. @param place how problems name what was given in code */
export function readOption<Setting>(
  { env: variable, schema, fallback }: Option<Setting, unknown>,
  own: unknown,
  env: Environment,
  problems: string[],
  place: string,
): Setting {
  const text = own === undefined && variable !== undefined ? env[variable] || undefined : undefined;
  const given = own === undefined ? text : own;
  if (given !== undefined) {
    const setting = schema.read(given);
    if (setting !== undefined) return setting;
    problems.push(...problemsOf(schema, given, text === undefined ? place : (variable as string)));
  }
  return (fallback === undefined ? undefined : schema.read(fallback)) as Setting;
}

function problemsOf({ takes, problemsOf }: Schema<unknown, unknown>, given: unknown, name: string): readonly string[] {
  return problemsOf?.(given, name) ?? [`${name} is ${shown(given)}; it takes ${takes}`];
}

/** A given value as a problem shows it. */
export function shown(given: unknown): string {
  if (typeof given === 'string') return `'${given}'`;
  return typeof given === 'object' && given !== null ? 'an object' : String(given);
}
