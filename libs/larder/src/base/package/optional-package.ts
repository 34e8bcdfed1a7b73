import { LarderOptionsError } from '../errors.js';

/**
 * Loads a package that only some applications have.
 *
 * @param user the part that needs it, as the subject of a sentence: `The change feed`
 * @throws LarderOptionsError that names the command that installs it
 */
export async function loadOptional<Package>(
  user: string,
  name: string,
  load: () => Promise<Package>,
): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    throw new LarderOptionsError([
      `${user} needs ${name}, which cannot be loaded (${error}). Run: npm install ${name}`,
    ]);
  }
}
