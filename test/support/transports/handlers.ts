import { type Type, UseGuards } from '@nestjs/common';
import { Cacheable, CacheableBatch, CacheInvalidate, CacheWriteThrough } from '../../../libs/larder/src/index.js';
import { current, SignedIn } from './caller.js';

/** Decorators that make a method a handler of one transport. */
export interface Expose {
  readonly handler: ClassDecorator;
  /** For a method that returns a text. */
  readonly one: (name: string) => MethodDecorator;
  /** For a method that takes ids and returns a list of texts. */
  readonly list: (name: string) => MethodDecorator;
  readonly ids: ParameterDecorator;
}

/** How often each handler ran. */
export const runs = new Map<string, number>();

function ran(name: string): string {
  const times = (runs.get(name) ?? 0) + 1;
  runs.set(name, times);
  return `${name} of ${current.user}, run ${times}`;
}

/** A handler that a subclass calls as `super`. */
class Overridden {
  @Cacheable({ key: () => ['overridden'] })
  async overridden(): Promise<string> {
    return ran('overridden');
  }
}

/** The same handlers for every transport. None takes a parameter that identifies the caller. */
export function handlersOf({ handler, one, list, ids }: Expose): Type<unknown>[] {
  @handler
  class Methods {
    @one('open')
    @Cacheable({ key: () => ['open'] })
    async open(): Promise<string> {
      return ran('open');
    }

    @one('own')
    @UseGuards(SignedIn)
    @Cacheable({ key: () => ['own'] })
    async own(): Promise<string> {
      return ran('own');
    }

    @one('callsOwn')
    @UseGuards(SignedIn)
    async callsOwn(): Promise<string> {
      return this.own();
    }

    @one('callsMine')
    @UseGuards(SignedIn)
    async callsMine(): Promise<string> {
      return this.mine();
    }

    @one('callsShared')
    @UseGuards(SignedIn)
    async callsShared(): Promise<string> {
      return this.shared();
    }

    @one('callsBatch')
    @UseGuards(SignedIn)
    async callsBatch(): Promise<string> {
      return (await this.batch(['x'])).join();
    }

    @one('callsWrite')
    @UseGuards(SignedIn)
    async callsWrite(): Promise<string> {
      return this.write();
    }

    @one('mine')
    @UseGuards(SignedIn)
    @Cacheable({ key: () => ['mine'], scope: 'user' })
    async mine(): Promise<string> {
      return ran('mine');
    }

    @one('tenants')
    @UseGuards(SignedIn)
    @Cacheable({ key: () => ['tenants'], scope: 'tenant' })
    async tenants(): Promise<string> {
      return ran('tenants');
    }

    @one('shared')
    @UseGuards(SignedIn)
    @Cacheable({ key: () => ['shared'], scope: 'shared' })
    async shared(): Promise<string> {
      return ran('shared');
    }

    @list('batch')
    @UseGuards(SignedIn)
    @CacheableBatch({ key: (id: string) => ['batch', id] })
    async batch(@ids wanted: readonly string[]): Promise<readonly string[]> {
      return wanted.map((id) => ran(`batch ${id}`));
    }

    @list('batchMine')
    @UseGuards(SignedIn)
    @CacheableBatch({ key: (id: string) => ['batchMine', id], scope: 'user' })
    async batchMine(@ids wanted: readonly string[]): Promise<readonly string[]> {
      return wanted.map((id) => ran(`batchMine ${id}`));
    }

    @one('write')
    @UseGuards(SignedIn)
    @CacheWriteThrough({ key: () => ['written'] })
    async write(): Promise<string> {
      return ran('write');
    }

    @one('writeMine')
    @UseGuards(SignedIn)
    @CacheInvalidate({ targets: [['elsewhere']] })
    @CacheWriteThrough({ key: () => ['mine'], scope: 'user' })
    async writeMine(): Promise<string> {
      return ran('writeMine');
    }
  }

  @handler
  @UseGuards(SignedIn)
  class Guarded {
    @one('guardedClass')
    @Cacheable({ key: () => ['guardedClass'] })
    async guardedClass(): Promise<string> {
      return ran('guardedClass');
    }
  }
  @handler
  class Overriding extends Overridden {
    @one('overridden')
    @UseGuards(SignedIn)
    override async overridden(): Promise<string> {
      return super.overridden();
    }
  }
  return [Methods, Guarded, Overriding];
}

/** A handler without a guard. */
export function openHandlerOf({ handler, one }: Expose): Type<unknown>[] {
  @handler
  class Open {
    @one('open')
    @Cacheable({ key: () => ['open'] })
    async open(): Promise<string> {
      return ran('open');
    }
  }
  return [Open];
}
