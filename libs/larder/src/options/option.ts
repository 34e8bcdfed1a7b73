/** The accepted values of an option, and how a given value or the text of a variable becomes a setting. */
export interface Schema<Setting, Given = Setting> {
  /** A noun for the accepted values: the end of "expected …". */
  readonly takes: string;
  /** The same for the documentation; default `takes`. */
  readonly documented?: string;
  /** The same for a variable in `.env.example`; default `takes`. */
  readonly asText?: string;
  /** A valid text for `.env.example`. */
  readonly example?: string;
  /** The setting; `undefined` for an invalid value. */
  readonly read: (given: unknown) => Setting | undefined;
  /** The problems of an invalid value. Default: one problem that shows the value; needed if the value may be secret. */
  readonly problemsOf?: (given: unknown, name: string) => readonly string[];
  /** Never set: carries the type that the option has in code. */
  readonly given?: Given;
}

/** One option. Parsing, errors and documentation follow from it. */
export interface Option<Setting, Given> {
  /** Its environment variable; `undefined` for an option in code only. */
  readonly env: string | undefined;
  readonly schema: Schema<NonNullable<Setting>, Given>;
  /** The default, in the form in which callers give the option. */
  readonly fallback: Given | undefined;
  /** What it does: a sentence in Markdown, with links relative to `docs/`. */
  readonly doc: string;
  /** Never set: carries the type of the setting. */
  readonly setting?: Setting;
}

/** A group of options, by name. */
export type Options = Readonly<Record<string, Option<unknown, unknown>>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of a group. */
export type SettingsOf<Group> = {
  readonly [Name in keyof Group]: Group[Name] extends Option<infer Setting, infer _> ? Setting : never;
};

/** The values that callers give for a group. */
export type GivenFor<Group> = {
  readonly [Name in keyof Group]?: Group[Name] extends Option<infer _, infer Given> ? Given : never;
};

/** An option without a default: its setting is `undefined` if it is not given. */
export function option<Setting, Given>(
  env: string | undefined,
  schema: Schema<Setting, Given>,
  fallback: undefined,
  doc: string,
): Option<Setting | undefined, Given>;
/** @param fallback the default, in the form in which callers give the option */
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
 * Reads a group: an option overrides its variable, and the variable overrides the default. An empty variable counts as not set.
 *
 * @param problems receives a sentence for every invalid value, in the order of the group
 * @param prefix of the names of the options, such as `changeFeed.`
 * @returns the settings, with the default in place of an invalid value
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
    return [name, readOption(one, own, env, problems, `option ${prefix}${name}`)];
  });
  return Object.fromEntries(settings) as SettingsOf<Group>;
}

/** Reads one option. @param place the name in problems if the value was given in code */
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
  return problemsOf?.(given, name) ?? [`invalid ${name}: got ${shown(given)}, expected ${takes}`];
}

/** A given value as a problem shows it. */
export function shown(given: unknown): string {
  if (typeof given === 'string') return `'${given}'`;
  return typeof given === 'object' && given !== null ? 'an object' : String(given);
}
