import type { Header } from '../../cache/shared-tier/entry-format.js';

/** The bytes of an entry that hold its figures: see `cache/shared-tier/entry-format.ts`, and `docs/formats.md`. */
export const FIGURES_BYTES = 64;
const MARK = 'L'.charCodeAt(0);
/** The formats that this release reads. The first has no time of the load. */
const FORMER = 1;
const FORMAT = 2;

/** Figures that the first bytes of an entry hold. */
export type EntryFigures = Pick<Header, 'loadedAt' | 'expiresAt' | 'loadCost'>;

/** The figures of an entry without its value, unchecked: for lists. `undefined` for anything that is not an entry. */
export function figuresIn(bytes: Buffer): EntryFigures | undefined {
  const format = bytes[1];
  if (bytes.length < FIGURES_BYTES || bytes[0] !== MARK || (format !== FORMER && format !== FORMAT)) return undefined;
  return {
    loadedAt: bytes.readDoubleLE(24),
    expiresAt: bytes.readDoubleLE(32),
    loadCost: format === FORMER ? 0 : bytes.readDoubleLE(56),
  };
}
