import 'reflect-metadata';

/** Name, length and metadata: routes, guards, pipes and other decorators find on a replaced method what was on the original. */
export function copyMetadata(original: (...parameters: never[]) => unknown, replacement: object): void {
  Object.defineProperties(replacement, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), replacement);
  }
}
