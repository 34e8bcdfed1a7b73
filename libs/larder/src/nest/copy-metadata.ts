import 'reflect-metadata';

/** Copies name, length and metadata to a replaced method, where Nest and other decorators read them. */
export function copyMetadata(original: (...parameters: never[]) => unknown, replacement: object): void {
  Object.defineProperties(replacement, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), replacement);
  }
}
