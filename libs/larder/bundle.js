// Bundles what TypeScript has compiled into build/: each entry point of package.json once for `import` and once for `require`, with
// types for each. What entry points share is in files of their own: a class exists once, however many of them a program loads.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { bundlePage } from './page/bundle-page.js';

const home = import.meta.dirname;
const compiled = join(home, 'build');
const out = join(home, 'dist');
/** What the bundles in dist/ were made of. */
const madeOf = join(out, '.made-of');
const COMMAND_LINE = 'cli/main';
/** The modules of the commands. They are one file, which the command line loads when it runs a command, but for the largest. */
const COMMANDS = /^(change-feed\/)?cli\/(?!main\.)/;
const MIGRATE = /^cli\/migrate\//;
/** What no other entry point needs. */
const ALONE = /^((cli|client|compat|health|opentelemetry|testing)\/|compat\.module\.)/;
/** What an application loads only if it has a dashboard. */
const DASHBOARD = /^dashboard\/(?!options\.)/;
/** The module in whose place the bundles have the page itself. */
const PAGE_FILES = join(compiled, 'dashboard/page-files.js');
/**
 * What the main entry point loads later, when options ask for it, by the file that has it. Few files: features that are often
 * switched on together share one.
 */
const LATER = [
  ['postgres', /^(change-feed|dependencies|postgres)\//],
  [
    'redis',
    /^(redis|redis-cache|codec|cache\/shared-tier|jobs\/backends|background)\/|^(shared-parts|config\/production-risks)\./,
  ],
  ['watching', /^(warming|adviser|alerts|cache\/audit)\//],
  // Small, and also in the entry point for health checks, which should not load all that watches.
  ['core', /^health\/(?!index\.|larder-health\.)/],
];
const REALTIME = /^realtime\/(?!live-queries\/(options|origins)\.)/;

const manifest = readFileSync(join(home, 'package.json'), 'utf8');
const { exports, peerDependenciesMeta } = JSON.parse(manifest);
const optionalPeers = Object.keys(peerDependenciesMeta);
const entries = Object.keys(exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => join(entry, 'index'));

const inputs = createHash('sha256');
const page = readdirSync(join(home, 'page')).map((name) => join(home, 'page', name));
for (const file of [join(compiled, '.tsbuildinfo'), import.meta.filename, ...page]) inputs.update(readFileSync(file));
const version = inputs.update(manifest).digest('hex');

if (!existsSync(madeOf) || readFileSync(madeOf, 'utf8') !== version) {
  rmSync(out, { recursive: true, force: true });
  await Promise.all([
    bundleCode([...entries, COMMAND_LINE], 'es', 'js'),
    bundleCode(entries, 'cjs', 'cjs'),
    bundleTypes(),
  ]);
  writeFileSync(madeOf, version);
}
writeFileSync(join(home, 'CHANGELOG.md'), changelog());

async function bundleCode(names, format, extension) {
  const build = await rollup({
    input: inputsOf(names, 'js'),
    external: isPackage,
    plugins: [withPage(), withSourceMaps(), withoutComments(format), withoutEmptyMaps()],
    onLog,
  });
  await build.write({
    ...filesOf(extension),
    format,
    manualChunks: withLaterFiles(),
    // A client that `import()` cannot load, as in a test runner that only knows CommonJS, is loaded by `require`.
    dynamicImportInCjs: false,
    exports: 'named',
    hoistTransitiveImports: false,
    sourcemap: true,
  });
  await build.close();
}

/** Types for `import` and for `require` differ in the names of the files that they refer to. */
async function bundleTypes() {
  const build = await rollup({
    input: inputsOf(entries, 'd.ts'),
    external: isPackage,
    plugins: [dts(), withoutOptionalPeers()],
    onLog,
  });
  // Only the code of the main entry point loads these later, in files of their own.
  const isLate = (module) => [REALTIME, DASHBOARD].some((late) => late.test(module));
  const manualChunks = (id, context) => (isLate(moduleOf(id)) ? undefined : sharedBy(id, context));
  for (const extension of ['d.ts', 'd.cts']) {
    await build.write({ ...filesOf(extension), format: 'es', manualChunks });
  }
  await build.close();
}

/** The changelog of the repository, without the links to pages that the package does not have. */
function changelog() {
  const text = readFileSync(join(home, '../../CHANGELOG.md'), 'utf8');
  return text.replace(/\[([^\]]+)\]\((?!https?:)[^)]+\)/g, '$1');
}

function inputsOf(names, extension) {
  return Object.fromEntries(names.map((name) => [name, join(compiled, `${name}.${extension}`)]));
}

function filesOf(extension) {
  const folderOf = ({ name }) => (name.startsWith('cli/') ? '' : 'shared/');
  return {
    dir: out,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: (chunk) => `${folderOf(chunk)}[name].${extension}`,
  };
}

function isPackage(id) {
  return !/^[./]/.test(id);
}

/** The file of dist/shared that has a module: `core` is loaded without Nest, and `realtime` only where its packages are. */
function sharedBy(id, { getModuleInfo }) {
  const module = moduleOf(id);
  if (MIGRATE.test(module)) return 'cli/migrate';
  if (COMMANDS.test(module)) return 'cli/commands';
  if (entries.some((entry) => module.startsWith(`${entry}.`)) || ALONE.test(module)) return undefined;
  if (REALTIME.test(module)) return 'realtime';
  if (DASHBOARD.test(module)) return 'dashboard';
  return needsNest(id, getModuleInfo) ? 'nest' : 'core';
}

/** What the main entry point imports stays in its own files, whatever its folder. */
function withLaterFiles() {
  let atOnce;
  return (id, context) => {
    atOnce ??= importedBy(join(compiled, 'index.js'), context.getModuleInfo);
    const later = atOnce.has(id) ? undefined : LATER.find(([, modules]) => modules.test(moduleOf(id)));
    return later?.[0] ?? sharedBy(id, context);
  };
}

function importedBy(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found;
  found.add(id);
  for (const imported of getModuleInfo(id)?.importedIds ?? []) importedBy(imported, getModuleInfo, found);
  return found;
}

function moduleOf(id) {
  return id.slice(compiled.length + sep.length);
}

function needsNest(id, getModuleInfo, seen = new Set()) {
  if (/^(@nestjs\/|reflect-metadata$)/.test(id)) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  return (getModuleInfo(id)?.importedIds ?? []).some((imported) => needsNest(imported, getModuleInfo, seen));
}

/** Puts the bundled page of the dashboard into the code: an application that is bundled itself has no files beside it. */
function withPage() {
  return {
    name: 'page',
    load: async (id) => {
      if (id !== PAGE_FILES) return undefined;
      const code = `const files = ${JSON.stringify(await bundlePage())};\nexport async function pageFiles() { return files; }\n`;
      return { code, map: { mappings: '' } };
    },
  };
}

/** Reads the maps that the compiler made, so that those of the bundles lead to the sources. */
function withSourceMaps() {
  return {
    name: 'source-maps',
    load: (id) => ({ code: readFileSync(id, 'utf8'), map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) }),
  };
}

/**
 * The types document the interface, and the maps hold the sources; code without comments and spaces loads faster. esbuild keeps
 * comments inside of classes unless it drops all spaces. A character beyond ASCII would double the memory of a whole file.
 */
function withoutComments(format) {
  return {
    name: 'without-comments',
    renderChunk: async (chunk) => {
      const { code, map } = await transform(chunk, {
        format: format === 'es' ? 'esm' : undefined,
        sourcemap: 'external',
        minifyWhitespace: true,
        // For stack traces: a line is still a place.
        lineLimit: 120,
      });
      return { code: withClassNames(code), map };
    },
  };
}

/** A file that only names what other files have is no place that a map could lead from. */
function withoutEmptyMaps() {
  return {
    name: 'without-empty-maps',
    generateBundle(_, files) {
      for (const chunk of Object.values(files)) {
        if (chunk.type !== 'chunk' || chunk.map.sources.length > 0) continue;
        delete files[chunk.sourcemapFileName];
        chunk.code = chunk.code.replace(/\/\/# sourceMappingURL=.*\n/, '');
      }
    },
  };
}

/** esbuild calls a decorated class X2 inside of its variable X; Nest and error messages print that name. */
function withClassNames(code) {
  return code.replace(/\b(let (\w+)=(?:\2_\d+=)?class \2)\d+\b/g, '$1');
}

/** In an application without an optional peer its types are `any`, and not an error of the compiler. */
function withoutOptionalPeers() {
  const imported = new RegExp(`^import .* from '(${optionalPeers.join('|')})';$`, 'gm');
  return {
    name: 'without-optional-peers',
    // An import for its side effects has no types to give, and fails without the package.
    renderChunk: (code) =>
      code.replace(/^import '[^.].*';\n?/gm, '').replace(imported, '// @ts-ignore: an optional peer\n$&'),
  };
}

function onLog(level, log, write) {
  if (log.code === 'CIRCULAR_CHUNK') throw new Error(`The shared files import each other: ${log.message}`);
  // The helpers that TypeScript puts into a file look for those of the file in `this`.
  if (log.code !== 'THIS_IS_UNDEFINED') write(level, log);
}
