// Taken from the built files: the library does not export it.
type Codecs = typeof import('../../libs/larder/build/codec/value-codec.js');
type Compressions = typeof import('../../libs/larder/build/codec/zlib-compression.js');

const root = import.meta.resolve('nest-larder/package.json');

export const { ValueCodec }: Codecs = await import(new URL('build/codec/value-codec.js', root).href);
export const { ZlibCompression }: Compressions = await import(new URL('build/codec/zlib-compression.js', root).href);
