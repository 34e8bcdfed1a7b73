import { appendFileSync } from 'node:fs';
import { TestEnvironment } from 'jest-environment-node';

/** Runs a spec with one target of arena forgotten, and writes down each test: see `test/support/forgotten-targets/trial.ts`. */
export default class ForgettingEnvironment extends TestEnvironment {
  #trial;
  #spec;
  #reached = new Set();
  #failures = [];

  constructor(config, context) {
    super(config, context);
    this.#trial = config.projectConfig.testEnvironmentOptions.trial;
    this.#spec = context.testPath;
    this.global.process.env.LARDER_TEST_CHANGE_FEED = this.#trial.changeFeed ? 'on' : 'off';
    this.global.keepsTarget = (id) => {
      this.#reached.add(id);
      return id !== this.#trial.forgotten;
    };
    this.global.notesTarget = (id, called) =>
      new Proxy(called, {
        apply: (target, self, given) => {
          this.#reached.add(id);
          return Reflect.apply(target, self, given);
        },
      });
  }

  handleTestEvent(event, state) {
    if (event.name === 'run_start') {
      // Decorators were applied before; nothing has been called yet.
      this.#reached.clear();
      this.#skipOthers(state.rootDescribeBlock);
    }
    if (event.name === 'test_done') this.#testEnded(event.test);
    if (event.name === 'hook_failure' && event.test === undefined) this.#write('', [event.error]);
  }

  #skipOthers(block) {
    for (const child of block.children) {
      if (child.type === 'describeBlock') this.#skipOthers(child);
      else if (this.#trial.only?.includes(nameOf(child)) === false) child.mode = 'skip';
    }
  }

  #testEnded(test) {
    if (test.mode === 'skip') return;
    const errors = test.errors.map((error) => (Array.isArray(error) ? (error[0] ?? error[1]) : error));
    this.#write(nameOf(test), errors, test.duration);
    // One finding is enough, among tests that have none anyway.
    if (this.#trial.only !== undefined && this.#failures.some(isFinding)) this.#skipAll(rootOf(test.parent));
  }

  #skipAll(block) {
    for (const child of block.children) {
      if (child.type === 'describeBlock') this.#skipAll(child);
      else child.mode = 'skip';
    }
  }

  #write(test, errors, duration = 0) {
    this.#failures = errors.map((error) => String(error?.message ?? error));
    const findings = this.#failures.filter(isFinding);
    const [failure] = this.#failures.filter((message) => !isFinding(message));
    const { index } = this.#trial;
    const reached = [...this.#reached];
    this.#reached.clear();
    log({ trial: index, spec: this.#spec, test, findings, failure, duration, reached });
  }

  async teardown() {
    await super.teardown();
    log({ trial: this.#trial.index, hasEnded: true });
  }
}

function log(line) {
  appendFileSync(process.env.LARDER_TEST_TRIALS_LOG, `${JSON.stringify(line)}\n`);
}

function isFinding(message) {
  return message.includes('served a stale value');
}

function rootOf(block) {
  return block.parent === undefined ? block : rootOf(block.parent);
}

function nameOf(test) {
  const names = [];
  for (let at = test; at.parent !== undefined; at = at.parent) names.unshift(at.name);
  return names.join(' ');
}
