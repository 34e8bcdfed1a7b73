import type { ExecutionContext, Type } from '@nestjs/common';
import type { CallerRequest } from '../../scope/caller-identity.js';

type HttpHost = ReturnType<ExecutionContext['switchToHttp']>;

/** The context that `identify` receives for a request. It has no response, because a cached method has none. */
export class RequestContext implements ExecutionContext {
  readonly #request: CallerRequest;
  readonly #controller: Type<unknown>;
  readonly #handler: object;

  constructor(request: CallerRequest, controller: Type<unknown>, handler: object) {
    this.#request = request;
    this.#controller = controller;
    this.#handler = handler;
  }

  getType<Name extends string>(): Name {
    return 'http' as Name;
  }

  getClass<T>(): Type<T> {
    return this.#controller as Type<T>;
  }

  // biome-ignore lint/complexity/noBannedTypes: Nest's signature
  getHandler(): Function {
    // biome-ignore lint/complexity/noBannedTypes: Nest's signature
    return this.#handler as Function;
  }

  getArgs<Arguments extends unknown[]>(): Arguments {
    return [this.#request] as unknown[] as Arguments;
  }

  getArgByIndex<T>(index: number): T {
    return this.getArgs()[index] as T;
  }

  switchToHttp(): HttpHost {
    return {
      getRequest: () => this.#request as never,
      getResponse: () => undefined as never,
      getNext: () => undefined as never,
    };
  }

  switchToRpc(): ReturnType<ExecutionContext['switchToRpc']> {
    return { getData: () => this.#request as never, getContext: () => undefined as never };
  }

  switchToWs(): ReturnType<ExecutionContext['switchToWs']> {
    return { getClient: () => this.#request as never, getData: () => undefined as never, getPattern: () => '' };
  }
}
