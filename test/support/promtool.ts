import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { unpackedPackages } from './debian-program.js';

const run = promisify(execFile);
let found: Promise<string> | undefined;

/** What a run of promtool printed, and its exit code. */
interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Runs promtool: the one on `PATH`, or one unpacked from Debian's package `prometheus`, which needs no root.
 *
 * @param input what it reads from standard input
 */
export async function promtool(args: readonly string[], input = ''): Promise<Outcome> {
  found ??= find();
  const child = spawn(await found, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, output: out + complaints };
}

async function find(): Promise<string> {
  const works = async (file: string) => void (await run(file, ['--version']));
  try {
    await works('promtool');
    return 'promtool';
  } catch {
    const inTree = (tree: string) => join(tree, 'usr/bin/promtool');
    return inTree(await unpackedPackages('larder-prometheus', ['prometheus'], (tree) => works(inTree(tree))));
  }
}
