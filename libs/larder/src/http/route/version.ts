import { VERSION_NEUTRAL } from '@nestjs/common';
import { VERSIONING, type Versioning } from '../../nest/route-metadata.js';
import type { CallerRequest } from '../../scope/caller-identity.js';

const EVERY_HEADER = '*';

/** Reads the requested version of a route whose URL does not contain it. */
export class RequestedVersion {
  /** The header that carries the version, for `Vary`. */
  readonly header: string;
  readonly #versions: readonly string[];
  readonly #isNeutral: boolean;
  readonly #versioning: Versioning;

  private constructor(versioning: Versioning, versions: readonly unknown[]) {
    this.#versioning = versioning;
    this.#versions = versions.filter((version) => typeof version === 'string');
    this.#isNeutral = versions.includes(VERSION_NEUTRAL);
    this.header = headerOf(versioning);
  }

  /**
   * @param declared Nest's metadata of `@Version()` or of the controller
   * @returns `undefined` for a route without versions, or with the version in its URL
   */
  static of(versioning: Versioning | undefined, declared: unknown): RequestedVersion | undefined {
    if (versioning === undefined || versioning.type === VERSIONING.uri) return undefined;
    const versions = [declared ?? versioning.defaultVersion ?? []].flat();
    return versions.length === 0 ? undefined : new RequestedVersion(versioning, versions);
  }

  /** The only version of the route, which a call without a request uses. */
  get only(): string | undefined {
    return this.#versions.length === 1 && !this.#isNeutral ? this.#versions[0] : undefined;
  }

  /** The version that a request asks for; `null` for the neutral one, `undefined` if it is unknown. */
  in(request: CallerRequest): string | null | undefined {
    if (this.only !== undefined) return this.only;
    const asked = [this.#read(request) ?? []].flat();
    const found = this.#versions.filter((version) => asked.includes(version));
    if (found.length > 0) return found.join(',');
    return this.#isNeutral ? null : undefined;
  }

  #read(request: CallerRequest): string | readonly string[] | undefined {
    const { type, key = '', extractor } = this.#versioning;
    switch (type) {
      case VERSIONING.header:
        return request.headers[this.header.toLowerCase()];
      case VERSIONING.mediaType:
        return parameterOf(request.headers.accept, key);
      default:
        return extractor?.((request as { raw?: unknown }).raw ?? request);
    }
  }
}

/** An extractor may read any header. */
function headerOf({ type, header = EVERY_HEADER }: Versioning): string {
  if (type === VERSIONING.header) return header;
  return type === VERSIONING.mediaType ? 'Accept' : EVERY_HEADER;
}

/** The first media type parameter that begins with the key, as Nest reads it: `2` in `application/json;v=2` for `v=`. */
function parameterOf(accept: string | undefined, key: string): string | undefined {
  const parameters = (accept ?? '').split(/[,;]/).map((parameter) => parameter.trim());
  const found = parameters.find((parameter) => parameter.startsWith(key));
  return found?.slice(key.length).replace(/^"(.*)"$/, '$1');
}
