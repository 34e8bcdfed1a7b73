import { brand } from './package/brand.js';

/**
 * Base class of all errors of Larder. `code` is stable and meant for programs. The message is for people: it names the fault
 * and the given value, and its last sentence says what to do.
 */
export class LarderError extends Error {
  static {
    brand(LarderError, 'LarderError');
  }

  /** Where the documentation explains `code`: a file of the repository, and a page of its site. */
  readonly help: `docs/not-cached.md#${string}`;

  constructor(
    readonly code: `LARDER_${string}`,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
    this.help = `docs/not-cached.md#${code.toLowerCase()}`;
  }
}

/** The message of an error; any other thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A key has an invalid part (a function, a symbol, a class instance other than Date, a cycle). */
export class LarderKeyError extends LarderError {
  static {
    brand(LarderKeyError, 'LarderKeyError');
  }

  constructor(
    /** The position of the invalid part in the key, e.g. `key[1].filter`. */
    readonly position: string,
    /** The fault, as a clause: `is a function`. */
    readonly problem: string,
    /** The method with the key function, if a decorator called it. */
    readonly method?: string,
    options?: ErrorOptions,
  ) {
    super(
      'LARDER_KEY',
      `${method === undefined ? 'A cache key' : `The cache key of ${method}`} cannot be built: ${position} ${problem}. ` +
        'Use strings, numbers, bigints, booleans, null, undefined, dates, arrays and plain objects of these.',
      options,
    );
  }

  /** The same error with the name of the method. */
  of(method: string): LarderKeyError {
    return new LarderKeyError(this.position, this.problem, method, { cause: this });
  }
}

/** A value cannot be cached (a function, a class instance, a cycle, …). */
export class LarderValueError extends LarderError {
  static {
    brand(LarderValueError, 'LarderValueError');
  }

  constructor(
    /** The path of the part that cannot be cached, e.g. `value.items[3].owner`. */
    readonly path: string,
    /** The fault, as a clause: `is a function`. */
    readonly problem: string,
    /** The key, or the method, of the value. */
    readonly subject?: string,
  ) {
    super(
      'LARDER_VALUE',
      `The value${subject === undefined ? '' : ` of ${subject}`} cannot be cached: ${path} ${problem}. ` +
        'Return plain data (objects, arrays, Map, Set, Date, Error, Buffer, typed arrays and primitives), or name its class in the ' +
        'option classes.',
    );
  }

  /** The same error with the key or method of the value. */
  of(subject: string): LarderValueError {
    return new LarderValueError(this.path, this.problem, subject);
  }
}

/** What a value was read from is not known or cannot be followed, so it is not stored. Its caller still gets it. */
export class LarderDependencyError extends LarderError {
  static {
    brand(LarderDependencyError, 'LarderDependencyError');
  }

  constructor(
    /** The method, or the key of the value. */
    readonly subject: string,
    /** Why, as a clause: `a query failed`. */
    readonly problem: string,
  ) {
    super(
      'LARDER_DEPENDENCY',
      `The value of ${subject} cannot be cached by what it was read from: ${problem}. Declare tags, and targets of its writes.`,
    );
  }
}

/** An option or an environment variable is invalid. `problems` lists all that were found. */
export class LarderOptionsError extends LarderError {
  static {
    brand(LarderOptionsError, 'LarderOptionsError');
  }

  constructor(readonly problems: readonly string[]) {
    super(
      'LARDER_OPTIONS',
      `Larder is misconfigured:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nCorrect ${
        problems.length === 1 ? 'it' : 'them'
      } and start again.`,
    );
  }
}

/** A batch load did not return one value per key. */
export class LarderBatchError extends LarderError {
  static {
    brand(LarderBatchError, 'LarderBatchError');
  }

  constructor(
    asked: number,
    got: string,
    /** The decorated method that loads, if any. */
    readonly method?: string,
  ) {
    super(
      'LARDER_BATCH',
      `${method ?? 'A batch load'} was asked for ${asked} values and returned ${got}. ` +
        'Return an array with one value, or undefined, per key, in the order of the keys.',
    );
  }
}

/** A load reads its own key by the same loader, so it would never end. */
export class LarderLoadCycleError extends LarderError {
  static {
    brand(LarderLoadCycleError, 'LarderLoadCycleError');
  }

  constructor(
    /** The key, as events show it. */
    readonly key: string,
    /** The nested loads, outermost first: names of methods, or keys of loads without a method. */
    readonly loads: readonly string[],
  ) {
    super(
      'LARDER_LOAD_CYCLE',
      `The load of ${key} reads ${key} by the same loader again (${loads.join(' → ')}), so it would never end. ` +
        'Fetch the value from its source inside the load, or use another key for the value that it reads there.',
    );
  }
}

/** A token to clear the cache is unknown, used or expired. Nothing was cleared. */
export class LarderClearError extends LarderError {
  static {
    brand(LarderClearError, 'LarderClearError');
  }

  constructor() {
    super(
      'LARDER_CLEAR',
      'Invalid clear token: unknown, used or expired after a minute. ' +
        'Request another one with requestClear() and use it within a minute.',
    );
  }
}

/** A load exceeded its hard time-out. */
export class LarderTimeoutError extends LarderError {
  static {
    brand(LarderTimeoutError, 'LarderTimeoutError');
  }

  /** The status of Nest's response, unless a filter of the application changes it: read as from errors of `http-errors`. */
  readonly status = 504;
  readonly statusCode = 504;
  /** The message is for operators: it may contain a key. */
  readonly expose = false;

  /** @param limit milliseconds */
  constructor(
    /** The key, or the method, of the value. */
    readonly subject: string,
    readonly limit: number,
  ) {
    super(
      'LARDER_TIMEOUT',
      `The value of ${subject} did not come within ${limit} ms. ` +
        'Find out what its load waits for, raise hardTimeout, or set staleIfError to serve a stale value instead.',
    );
  }
}

/** A test got stale hits under `auditEverything`. */
export class LarderAuditError extends LarderError {
  static {
    brand(LarderAuditError, 'LarderAuditError');
  }

  constructor(
    /** What was found, with the values that differ. */
    readonly findings: readonly {
      readonly message: string;
      readonly key: string;
      readonly method: string | undefined;
    }[],
  ) {
    super('LARDER_AUDIT', findings.map(({ message }) => message).join('\n\n'));
  }
}

/** A decorator is on a member where it cannot work. */
export class LarderDecoratorError extends LarderError {
  static {
    brand(LarderDecoratorError, 'LarderDecoratorError');
  }

  constructor(message: string) {
    super('LARDER_DECORATOR', message);
  }
}

/** A gate or a program asks for a flag that does not exist. */
export class LarderFlagError extends LarderError {
  static {
    brand(LarderFlagError, 'LarderFlagError');
  }

  constructor(
    readonly flag: string,
    known: readonly string[],
  ) {
    super('LARDER_FLAG', `There is no flag '${flag}'. Ask for one of ${known.join(', ')}.`);
  }
}

/** A client subscribes to a live query that does not exist. */
export class LarderQueryError extends LarderError {
  static {
    brand(LarderQueryError, 'LarderQueryError');
  }

  constructor(readonly query: string) {
    super(
      'LARDER_QUERY',
      `There is no query '${query.slice(0, 100)}'. Name a cached GET route of a class that is not request-scoped, as Class.method.`,
    );
  }
}

/** A call to Redis failed. Appears in events and in the cache's health, not in calls of a cached method. */
export class LarderRedisError extends LarderError {
  static {
    brand(LarderRedisError, 'LarderRedisError');
  }

  constructor(
    /**
     * `timeout`: no reply in time. `unavailable`: no connection, or the circuit is open. `refused`: Redis replied with an
     * error.
     */
    readonly reason: 'timeout' | 'unavailable' | 'refused',
    /** What happened, as a clause. Never contains a password. */
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super('LARDER_REDIS', `${problem}. ${REDIS_ADVICE[reason]}`, options);
  }
}

/** The change feed or its triggers cannot work. Appears in events and in the feed's status, and at the start. */
export class LarderChangeFeedError extends LarderError {
  static {
    brand(LarderChangeFeedError, 'LarderChangeFeedError');
  }

  constructor(
    /**
     * `triggers`: the installed triggers do not report every change. `install`: they cannot be installed or removed, and
     * nothing was changed. `timeout`, `unavailable`: PostgreSQL does not reply in time, or is unreachable. `refused`: it
     * replied with an error. `rule`: a rule threw, or returned an invalid target. `undelivered`: other nodes could not be
     * notified.
     */
    readonly reason: 'triggers' | 'install' | 'timeout' | 'unavailable' | 'refused' | 'rule' | 'undelivered',
    /** What happened, as a clause. Never contains a password. */
    problem: string,
    options?: ErrorOptions,
  ) {
    super('LARDER_CHANGE_FEED', `${problem}. ${FEED_ADVICE[reason]}`, options);
  }
}

const FEED_ADVICE = {
  triggers:
    'Check `npx nest-larder triggers status`, and run `npx nest-larder triggers install` as the owner of the tables.',
  install: 'Nothing was changed; correct this and try again.',
  timeout: 'Check the load of the database and the network; Larder retries by itself.',
  unavailable: 'Check that PostgreSQL runs at this address and accepts this user; a change feed reconnects by itself.',
  refused:
    'Check the error of PostgreSQL; the role needs rights on the schema larder (`npx nest-larder triggers install --reader`).',
  rule: 'Everything that the rule covers was invalidated instead; correct the rule.',
  undelivered: 'Check that Redis runs; the changes are read again.',
} as const;

const REDIS_ADVICE = {
  timeout: 'Check the load of Redis and the network, or raise LARDER_REDIS_TIMEOUT.',
  unavailable: 'Check that Redis runs at LARDER_REDIS_URL; Larder reconnects by itself.',
  refused: 'Check the error of Redis, and which other programs write to this database.',
} as const;

/** A job call is invalid, or failed. */
export class LarderJobError extends LarderError {
  static {
    brand(LarderJobError, 'LarderJobError');
  }

  constructor(message: string, options?: ErrorOptions) {
    super('LARDER_JOB', message, options);
  }
}

/** An increment was rejected. */
export class LarderCounterError extends LarderError {
  static {
    brand(LarderCounterError, 'LarderCounterError');
  }

  constructor(problem: string, advice = 'The increment was not counted; add it again.') {
    super('LARDER_COUNTER', `${problem} ${advice}`);
  }
}

/** A call of a deadline was rejected. */
export class LarderDeadlineError extends LarderError {
  static {
    brand(LarderDeadlineError, 'LarderDeadlineError');
  }

  constructor(problem: string, advice: string) {
    super('LARDER_DEADLINE', `${problem} ${advice}`);
  }
}
