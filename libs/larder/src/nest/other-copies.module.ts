import { type DynamicModule, type ForwardReference, forwardRef, Module } from '@nestjs/common';
import { type Class, otherCopiesOf } from '../base/package/copies.js';

/** Injects what this copy of the package provides by the classes of the other copies, too. */
@Module({})
export class OtherCopies {
  /** Which copies there are is looked up when Nest reads its modules: by then all are loaded. */
  static of(provided: Readonly<Record<string, Class>>): ForwardReference<() => DynamicModule> {
    let module: DynamicModule | undefined;
    return forwardRef(() => (module ??= moduleFor(provided)));
  }
}

function moduleFor(provided: Readonly<Record<string, Class>>): DynamicModule {
  const copies = otherCopiesOf(provided);
  return {
    module: OtherCopies,
    global: true,
    providers: copies.map(({ other, own }) => ({ provide: other, useExisting: own })),
    exports: copies.map(({ other }) => other),
  };
}
