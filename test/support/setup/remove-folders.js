import { rm } from 'node:fs/promises';

/** Removes the folders that specs have copied. */
export default async function removeFolders() {
  await Promise.all(globalThis.copiedFolders.map((folder) => rm(folder, { recursive: true, force: true })));
}
