// Bundles the page of the dashboard into one script and one style sheet.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const home = import.meta.dirname;

export async function bundlePage() {
  const { outputFiles } = await build({
    entryPoints: [join(home, 'main.js')],
    bundle: true,
    minify: true,
    charset: 'utf8',
    format: 'esm',
    target: ['es2022'],
    legalComments: 'none',
    outdir: home,
    write: false,
  });
  const textOf = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text;
  return {
    html: readFileSync(join(home, 'page.html'), 'utf8'),
    script: textOf('.js'),
    style: textOf('.css'),
  };
}
