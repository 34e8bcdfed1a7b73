import { isPlainRead } from '../own-writes/plain-read.js';
import { Recent } from '../recent.js';

/** Texts that change the session although their command tag does not say it. */
const CHANGES_SESSION = /set_config|\btemp(?:orary)?\b|pg_temp/i;

/** How many texts are remembered, and how long they may be: the same few are sent again and again. */
const MAX_TEXTS = 1000;
const MAX_TEXT_LENGTH = 1000;

/** What the text of a statement tells of it. */
export class TextTraits {
  #isPlainRead: boolean | undefined;
  #changesSession: boolean | undefined;

  constructor(readonly text: string) {}

  /** Whether it is certainly a read. */
  get isPlainRead(): boolean {
    this.#isPlainRead ??= isPlainRead(this.text);
    return this.#isPlainRead;
  }

  get changesSession(): boolean {
    this.#changesSession ??= CHANGES_SESSION.test(this.text);
    return this.#changesSession;
  }
}

/** Remembers what texts tell: every query of the process is looked at. */
export class KnownTexts {
  readonly #known = new Recent<string, TextTraits>(MAX_TEXTS);

  of(text: string): TextTraits {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const traits = new TextTraits(text);
    if (text.length <= MAX_TEXT_LENGTH) this.#known.set(text, traits);
    return traits;
  }
}
