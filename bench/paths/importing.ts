import { execFileSync } from 'node:child_process';

const PROGRAM = `
await import('reflect-metadata');
await import('@nestjs/common');
await import('@nestjs/core');
const own = process.cpuUsage();
const began = performance.now();
await import('nest-larder');
const elapsed = performance.now() - began;
const { user, system } = process.cpuUsage(own);
console.log(JSON.stringify({ elapsed, processor: (user + system) / 1000 }));
`;

/** Milliseconds that the import of the library takes in a process that has imported Nest. */
export function importTime(): { readonly elapsed: number; readonly processor: number } {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: import.meta.dirname,
  });
  return JSON.parse(output.toString()) as { elapsed: number; processor: number };
}
