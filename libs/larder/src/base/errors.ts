/**
 * Base of every error Larder makes. `code` is stable and meant for programs, the message for people: it names what was
 * wrong and what was got, and its last sentence says what to do.
 */
export class LarderError extends Error {
  constructor(
    readonly code: `LARDER_${string}`,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A key holds something that has no place in a key (a function, a symbol, a class instance other than Date, a cycle). */
export class LarderKeyError extends LarderError {
  constructor(
    /** Where in the key the offending part stands, e.g. `key[1].filter`. */
    readonly position: string,
    /** What is wrong with it, as a clause: `is a function`. */
    readonly problem: string,
    /** The method whose key function made the key, when a decorator asked for it. */
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

  /** The same error, naming the method whose key it was. */
  of(method: string): LarderKeyError {
    return new LarderKeyError(this.position, this.problem, method, { cause: this });
  }
}

/** A value cannot be kept by the cache (a function, a class instance, a cycle, …). */
export class LarderValueError extends LarderError {
  constructor(
    /** Where in the value the offending part stands, e.g. `value.items[3].owner`. */
    readonly path: string,
    /** What is wrong with it, as a clause: `is a function`. */
    readonly problem: string,
    /** The key, or the method, the value was to be kept for. */
    readonly subject?: string,
  ) {
    super(
      'LARDER_VALUE',
      `The value${subject === undefined ? '' : ` of ${subject}`} cannot be cached: ${path} ${problem}. ` +
        'Return plain data (objects, arrays, Map, Set, Date, Error, Buffer, typed arrays and primitives), or name its class in the ' +
        'option classes.',
    );
  }

  /** The same error, naming what the value was for. */
  of(subject: string): LarderValueError {
    return new LarderValueError(this.path, this.problem, subject);
  }
}

/** An option or an environment variable does not hold what it takes. `problems` lists every one found. */
export class LarderOptionsError extends LarderError {
  constructor(readonly problems: readonly string[]) {
    super(
      'LARDER_OPTIONS',
      `Larder is misconfigured:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nCorrect ${
        problems.length === 1 ? 'it' : 'them'
      } and start again.`,
    );
  }
}

/** A batch load did not answer one value per key. */
export class LarderBatchError extends LarderError {
  constructor(
    asked: number,
    got: string,
    /** The method that loads, when it has a decorator. */
    readonly method?: string,
  ) {
    super(
      'LARDER_BATCH',
      `${method ?? 'A batch load'} was asked for ${asked} values and answered ${got}. ` +
        'Return an array with one value, or undefined, per key, in the order of the keys.',
    );
  }
}

/** A load reads its own key by the same loader, so it would never end. */
export class LarderLoadCycleError extends LarderError {
  constructor(
    /** The key, as events show it. */
    readonly key: string,
    /** The loads inside each other, the outermost first: methods, or keys where there is none. */
    readonly loads: readonly string[],
  ) {
    super(
      'LARDER_LOAD_CYCLE',
      `The load of ${key} reads ${key} by the same loader again (${loads.join(' → ')}), so it would never end. ` +
        'Fetch the value from its source inside the load, or give what it reads there a key of its own.',
    );
  }
}

/** A token to clear the cache was not given out, has been used, or has expired. Nothing was cleared. */
export class LarderClearError extends LarderError {
  constructor() {
    super(
      'LARDER_CLEAR',
      'The token to clear the cache is not good: it was not given out, has been used, or is older than a minute. ' +
        'Ask for another with requestClear() and use it at once.',
    );
  }
}

/** A value did not come within the hard time-out of its load. */
export class LarderTimeoutError extends LarderError {
  /** What Nest answers a request with unless a filter of the application says otherwise: as errors of `http-errors` have it. */
  readonly status = 504;
  readonly statusCode = 504;
  /** The message is for those who run the application: it may hold a key. */
  readonly expose = false;

  /** @param limit milliseconds */
  constructor(
    /** The key, or the method, whose value was waited for. */
    readonly subject: string,
    readonly limit: number,
  ) {
    super(
      'LARDER_TIMEOUT',
      `The value of ${subject} did not come within ${limit} ms. ` +
        'Find out what its load waits for, raise hardTimeout, or give staleIfError so that an older value stands in.',
    );
  }
}

/** A decorator stands where it cannot work. */
export class LarderDecoratorError extends LarderError {
  constructor(message: string) {
    super('LARDER_DECORATOR', message);
  }
}

/** A gate or a program asks for a flag that does not exist. */
export class LarderFlagError extends LarderError {
  constructor(
    readonly flag: string,
    known: readonly string[],
  ) {
    super('LARDER_FLAG', `There is no flag '${flag}'. Ask for one of ${known.join(', ')}.`);
  }
}

/** Somebody asks for a live query that does not exist. */
export class LarderQueryError extends LarderError {
  constructor(readonly query: string) {
    super(
      'LARDER_QUERY',
      `There is no query '${query.slice(0, 100)}'. Name a cached GET route that is not made anew for each request, as Class.method.`,
    );
  }
}

/** Redis did not do what was asked of it. Seen in events and in the cache's health, not by callers of a cached method. */
export class LarderRedisError extends LarderError {
  constructor(
    /** `timeout`: no answer in time. `unavailable`: no connection, or the circuit is open. `refused`: Redis said no. */
    readonly reason: 'timeout' | 'unavailable' | 'refused',
    /** What happened, as a clause. Never holds a password. */
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super('LARDER_REDIS', `${problem}. ${REDIS_ADVICE[reason]}`, options);
  }
}

/** The change feed, or its triggers, cannot work as they are. Seen in events and in the feed's status, and at the start. */
export class LarderChangeFeedError extends LarderError {
  constructor(
    /**
     * `triggers`: what is installed in the database does not tell of every change. `install`: it cannot be installed, or
     * removed, and nothing was changed. `timeout`, `unavailable`: PostgreSQL does
     * not answer in time, or cannot be reached. `refused`: it said no. `rule`: a rule threw, or answered what is no target.
     * `undelivered`: other nodes could not be told.
     */
    readonly reason: 'triggers' | 'install' | 'timeout' | 'unavailable' | 'refused' | 'rule' | 'undelivered',
    /** What happened, as a clause. Never holds a password. */
    problem: string,
    options?: ErrorOptions,
  ) {
    super('LARDER_CHANGE_FEED', `${problem}. ${FEED_ADVICE[reason]}`, options);
  }
}

const FEED_ADVICE = {
  triggers:
    'See `npx nest-larder triggers status`, and run `npx nest-larder triggers install` as the owner of the tables.',
  install: 'Nothing was changed; correct this and try again.',
  timeout: 'Look at the load of the database and at the network; Larder tries again by itself.',
  unavailable: 'See that PostgreSQL runs and that LARDER_CHANGE_FEED_URL names it; Larder connects again by itself.',
  refused:
    'See what PostgreSQL says; the role needs rights on the schema larder (`npx nest-larder triggers install --reader`).',
  rule: 'Everything that the rule covers was invalidated instead; correct the rule.',
  undelivered: 'See that Redis runs; the changes are read again.',
} as const;

const REDIS_ADVICE = {
  timeout: 'Look at the load of Redis and at the network, or raise LARDER_REDIS_TIMEOUT.',
  unavailable: 'See that Redis runs and that LARDER_REDIS_URL names it; Larder connects again by itself.',
  refused: 'See what Redis says, and what else writes to this database.',
} as const;

/** A job cannot do what was asked of it. */
export class LarderJobError extends LarderError {
  constructor(message: string, options?: ErrorOptions) {
    super('LARDER_JOB', message, options);
  }
}

/** An increment was not taken. */
export class LarderCounterError extends LarderError {
  constructor(problem: string, advice = 'The increment was not counted; add it again.') {
    super('LARDER_COUNTER', `${problem} ${advice}`);
  }
}

/** A deadline was not changed. */
export class LarderDeadlineError extends LarderError {
  constructor(problem: string, advice: string) {
    super('LARDER_DEADLINE', `${problem} ${advice}`);
  }
}
