import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

type Options = NonNullable<ConstructorParameters<typeof StreamableFile>[1]>;

/** What is stored of a file. */
interface StoredFile {
  readonly bytes: Uint8Array;
  readonly options: Options;
  readonly opaqueTag: string;
}

/** A file that several callers may share: a stream can be sent only once, so each caller gets a file of its own. */
export interface SharedFile extends StreamableFile {
  forCaller(): StreamableFile | Promise<StreamableFile>;
}

export function isSharedFile(value: unknown): value is SharedFile {
  return value instanceof CachedFile || value instanceof UncachedFile;
}

/** A file whose bytes are stored. */
export class CachedFile extends StreamableFile implements SharedFile {
  readonly stored: StoredFile;

  constructor(stored: StoredFile) {
    super(stored.bytes, stored.options);
    this.stored = stored;
  }

  forCaller(): StreamableFile {
    return new CachedFile(this.stored);
  }
}

/** How the cache stores a file: each caller gets a new instance. */
export const CACHED_FILE = {
  class: CachedFile,
  store: ({ stored: { bytes, options, opaqueTag } }: CachedFile) => ({ bytes, options: { ...options }, opaqueTag }),
  restore: (stored: unknown) => new CachedFile(stored as StoredFile),
};

/** A file that is not stored: too large, or of a method without `http.maxFileSize`. The cache refuses its class. */
class UncachedFile extends StreamableFile implements SharedFile {
  readonly #again: () => Promise<unknown>;
  #isTaken = false;

  constructor(file: StreamableFile, stream: Readable, again: () => Promise<unknown>) {
    super(stream, file.options);
    this.#again = again;
  }

  async forCaller(): Promise<StreamableFile> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return this;
    }
    const file = await this.#again();
    if (file instanceof UncachedFile) file.#isTaken = true;
    return file as StreamableFile;
  }
}

/**
 * A file that callers can share: with its bytes if there are no more than `maxSize`, else as a stream for the first caller.
 *
 * @param maxSize bytes; `undefined` to store no file
 * @param again runs the method for each further caller of a file that is not stored
 * @throws any error of the stream
 */
export async function toSharedFile(
  file: StreamableFile,
  maxSize: number | undefined,
  again: () => Promise<unknown>,
): Promise<SharedFile> {
  const stream = file.getStream();
  if (maxSize === undefined || (file.options.length ?? 0) > maxSize) return new UncachedFile(file, stream, again);
  const chunks: Buffer[] = [];
  let size = 0;
  const source: AsyncIterator<Buffer | string> = stream[Symbol.asyncIterator]();
  for (let next = await source.next(); !next.done; next = await source.next()) {
    const chunk = Buffer.from(next.value);
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxSize) return new UncachedFile(file, joined(chunks, source, stream), again);
  }
  const bytes = Buffer.concat(chunks);
  const opaqueTag = `"${createHash('sha1').update(bytes).digest('base64url')}"`;
  return new CachedFile({ bytes, options: { ...file.options, length: bytes.length }, opaqueTag });
}

/** What was read of a stream, and then the rest of it. */
function joined(read: readonly Buffer[], rest: AsyncIterator<Buffer | string>, stream: Readable): Readable {
  async function* all() {
    yield* read;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  const whole = Readable.from(all(), { objectMode: false });
  whole.once('close', () => stream.destroy());
  return whole;
}
