import type { ParseResult } from 'libpg-query';
import { loadOptional } from '../../../base/package/optional-package.js';

/** Longer texts are not parsed: the parser runs on the stack of WebAssembly, whose depth is bounded. */
const MAX_TEXT_BYTES = 16_384;

/** What is used of the module that Emscripten made of PostgreSQL's parser. */
interface Engine {
  _malloc(size: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(text: number): number;
  _wasm_free_parse_result(result: number): void;
  _wasm_normalize_query(text: number): number;
  _wasm_free_string(text: number): void;
  getValue(pointer: number, type: 'i32'): number;
  stringToUTF8(text: string, pointer: number, size: number): void;
  UTF8ToString(pointer: number): string;
}
type Factory = () => Promise<Engine>;

/** What a text is: a tree, or the error of the parser. */
export type Parsed = { readonly tree: ParseResult } | { readonly error: string };

/**
 * PostgreSQL's own parser, in WebAssembly.
 *
 * The package `libpg-query` keeps one engine for the process. An engine whose stack has overflowed does not get its stack back,
 * so after anything but a syntax error this class makes a new one.
 */
export class Parser {
  #engine: Engine;

  private constructor(
    engine: Engine,
    private readonly factory: Factory,
  ) {
    this.#engine = engine;
  }

  /** @throws LarderOptionsError if the package `libpg-query` is not installed */
  static async load(): Promise<Parser> {
    // @ts-expect-error: the package has no types of this file
    const engine = () => import('libpg-query/wasm/libpg-query.js');
    const found: unknown = await loadOptional("dependsOn: 'queries'", 'libpg-query', engine);
    // A CommonJS module: bundlers and loaders differ in where they put its exports.
    const factory = ((found as { default?: { default?: Factory } }).default?.default ??
      (found as { default: Factory }).default) as Factory;
    return new Parser(await factory(), factory);
  }

  /** Call it on a shallow stack, such as after an `await`. */
  async parse(text: string): Promise<Parsed> {
    return this.#run(text, run);
  }

  /** A text that was parsed, with parameters in place of its literals. Call it on a shallow stack. */
  async normalize(text: string): Promise<string | undefined> {
    const normalized = await this.#run(text, normalize);
    return typeof normalized === 'string' ? normalized : undefined;
  }

  async #run<T>(text: string, work: (engine: Engine, text: string) => T): Promise<T | { readonly error: string }> {
    if (Buffer.byteLength(text) > MAX_TEXT_BYTES) return { error: `its text is longer than ${MAX_TEXT_BYTES} bytes` };
    if (text.includes('\0')) return { error: 'its text contains a zero byte' };
    try {
      return work(this.#engine, text);
    } catch (error) {
      this.#engine = await this.factory();
      return { error: `the parser failed (${error})` };
    }
  }
}

function write(engine: Engine, text: string): number {
  const size = Buffer.byteLength(text) + 1;
  const pointer = engine._malloc(size);
  engine.stringToUTF8(text, pointer, size);
  return pointer;
}

/** Reads the C structure `PgQueryParseResult`: tree, output, error; an error begins with its message. */
function run(engine: Engine, text: string): Parsed {
  const pointer = write(engine, text);
  const result = engine._wasm_parse_query_raw(pointer);
  try {
    const error = engine.getValue(result + 8, 'i32');
    if (error !== 0) return { error: engine.UTF8ToString(engine.getValue(error, 'i32')) };
    return { tree: JSON.parse(engine.UTF8ToString(engine.getValue(result, 'i32'))) };
  } finally {
    engine._free(pointer);
    engine._wasm_free_parse_result(result);
  }
}

function normalize(engine: Engine, text: string): string {
  const pointer = write(engine, text);
  const result = engine._wasm_normalize_query(pointer);
  try {
    return engine.UTF8ToString(result);
  } finally {
    engine._free(pointer);
    engine._wasm_free_string(result);
  }
}
