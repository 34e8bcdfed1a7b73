import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Disables each AsyncLocalStorage that a spec has used when the spec has ended. Until Node 24, each promise of the process is entered
 * into all that were ever used: without this, a worker is slower with each spec.
 */
export default class SpecEnvironment extends TestEnvironment {
  #used = new Set();
  #methods = { run: AsyncLocalStorage.prototype.run, enterWith: AsyncLocalStorage.prototype.enterWith };

  async setup() {
    await super.setup();
    const used = this.#used;
    for (const [name, method] of Object.entries(this.#methods)) {
      AsyncLocalStorage.prototype[name] = function (...args) {
        used.add(this);
        return Reflect.apply(method, this, args);
      };
    }
  }

  async teardown() {
    Object.assign(AsyncLocalStorage.prototype, this.#methods);
    for (const storage of this.#used) storage.disable();
    await super.teardown();
  }
}
