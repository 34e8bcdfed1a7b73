// Writes the pages that are made from code into site/generated: the names of each entry point, from their docstrings, the example
// applications, and the files of the sample application to which guides link. `npm run docs` and `npm run docs:build` run it first.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Application } from 'typedoc';

const root = join(import.meta.dirname, '..');
const library = join(root, 'libs/larder');
const out = join(import.meta.dirname, 'generated');
const { name: packageName, exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
/** What each folder of `examples/` is. */
const EXAMPLES = {
  bull: 'Queues with BullMQ',
  bundles: 'A bundled application',
  cqrs: 'CQRS',
  gateway: 'A gateway: sockets',
  graphql: 'GraphQL with Apollo',
  microservice: 'A microservice',
  orms: 'ORMs: Drizzle, MikroORM, Prisma, TypeORM',
  scopes: 'Request-scoped providers',
  serverless: 'A serverless function',
  standalone: 'A standalone application',
  streams: 'Streams and files',
};
/** What each entry point is for. An entry point without a line here stops the build. */
const ENTRIES = {
  '.': 'decorators, the module and the cache',
  './change-feed': 'invalidation from PostgreSQL',
  './client': 'live queries in a browser',
  './dashboard': 'a page for people who watch the cache',
  './compat': 'the interface of `@nestjs/cache-manager`',
  './health': 'health checks',
  './jobs': 'jobs, counters and deadlines',
  './observability': 'diagnostics channels',
  './opentelemetry': 'metrics',
  './realtime': 'Socket.IO on several nodes, and live queries',
  './testing': 'a clock for tests, faults, contracts of the ports',
};
/** The folder of the pages of the entry point `.`. */
const MAIN = 'main';
const INTRODUCTION =
  'Every public name, from the docstrings of the code. The [guides](../../../docs/caching.md) show how they are used, and ' +
  '[configuration](../../../docs/configuration.md) has all options of the module.';
const folderOf = (entry) => entry.replace(/^\.\/?/, '') || MAIN;
/** The folders into which names are sorted, in the order in which a reader needs them. */
const KINDS = {
  functions: 'Functions',
  classes: 'Classes',
  interfaces: 'Interfaces',
  'type-aliases': 'Types',
  variables: 'Constants',
};
const entries = Object.keys(exports).filter((entry) => entry !== './package.json');

rmSync(out, { recursive: true, force: true });
const reference = await writeReference();
const examples = writeExamples();
const sample = [...writeSample(), writeContainers()];
write('navigation.json', JSON.stringify({ reference, examples, sample }));

/** One page for each name, and a list of them for each entry point. Returns the navigation. */
async function writeReference() {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: join(library, 'tsconfig.json'),
    // What two entry points export has its page at the first one.
    entryPoints: entries.toReversed().map((entry) => join(library, 'src', entry, 'index.ts')),
    name: packageName,
    out: join(out, 'reference'),
    readme: 'none',
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    githubPages: false,
    logLevel: 'Warn',
    router: 'member',
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    pageTitleTemplates: {
      module: ({ name }) => `\`${join(packageName, name === MAIN ? '' : name)}\``,
      member: ({ name }) => name,
    },
    groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables'],
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    propertyMembersFormat: 'table',
    typeDeclarationFormat: 'table',
    skipErrorChecking: true,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('The docstrings cannot be read; the messages above say why.');
  for (const entry of project.children) if (entry.name === 'index') entry.name = MAIN;
  await app.generateOutputs(project);
  for (const entry of entries) {
    const file = `reference/${folderOf(entry)}/index.md`;
    write(file, withShortReferences(readFileSync(join(out, file), 'utf8')));
  }
  const lost = entries.flatMap(namesWithoutPage);
  if (lost.length > 0) throw new Error(`The reference has no page for ${lost.join(', ')}.`);
  const lines = entries.map((entry) => {
    if (ENTRIES[entry] === undefined) throw new Error(`site/generate.js has no line for ${entry}. Add it to ENTRIES.`);
    return `| [\`${join(packageName, entry)}\`](${folderOf(entry)}/index.md) | ${ENTRIES[entry]} |`;
  });
  write(
    'reference/index.md',
    `# API\n\n${INTRODUCTION}\n\n| import from | what it has |\n|---|---|\n${lines.join('\n')}\n`,
  );
  return entries.map((entry) => ({
    text: join(packageName, entry),
    link: `/reference/${folderOf(entry)}/`,
    items: Object.entries(KINDS)
      .map(([kind, text]) => ({ text, items: membersOf(folderOf(entry), kind) }))
      .filter(({ items }) => items.length > 0),
  }));
}

/** The names that an entry point exports, and its list lacks. */
function namesWithoutPage(entry) {
  const source = readFileSync(join(library, 'src', entry, 'index.ts'), 'utf8');
  const list = readFileSync(join(out, `reference/${folderOf(entry)}/index.md`), 'utf8').replaceAll('\\', '');
  return [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)]
    .flatMap(([, names]) => names.split(','))
    .map((name) => name.trim().split(/\s/).at(-1))
    .filter((name) => name !== '' && !list.includes(`[${name}](`))
    .map((name) => `${name} of ${join(packageName, entry)}`);
}

/** A heading for each name of another entry point would be longer than the list itself. */
function withShortReferences(page) {
  const [own, references] = page.split('\n## References\n');
  if (references === undefined) return page;
  const links = references.match(/\[.+?\]\(.+?\)/g);
  return `${own}\n## Also exported here\n\n${links.map((link) => `- ${link}`).join('\n')}\n`;
}

function membersOf(entry, kind) {
  const folder = join(out, 'reference', entry, kind);
  const names = existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.md$/, '')) : [];
  return names.sort().map((text) => ({ text, link: `/reference/${entry}/${kind}/${text}` }));
}

function writeExamples() {
  const folders = readdirSync(join(root, 'examples'), { withFileTypes: true }).filter((found) => found.isDirectory());
  const pages = folders.map(({ name }) => {
    const title = EXAMPLES[name];
    if (title === undefined) throw new Error(`site/generate.js has no title for examples/${name}. Add it to EXAMPLES.`);
    const files = readdirSync(join(root, 'examples', name), { recursive: true, withFileTypes: true })
      .filter((found) => found.isFile() && /\.(ts|prisma|json)$/.test(found.name) && found.name !== 'package.json')
      .map((found) => join(found.parentPath, found.name))
      .sort();
    const shown = files.map((file) => shownFile(file, join(root, 'examples', name)));
    write(
      `examples/${name}.md`,
      `# ${title}\n\n\`examples/${name}\` in the repository; a test runs it.\n\n${shown.join('\n')}`,
    );
    return { text: title, link: `/examples/${name}` };
  });
  const list = pages.map(({ text, link }) => `- [${text}](${link}.md)`).join('\n');
  write(
    'examples.md',
    `# Examples\n\nSmall applications, each with one idea. \`npm run test:examples\` runs them.\n\n${list}\n`,
  );
  return pages;
}

/** A page for each file of the sample application to which a guide links. Returns the navigation. */
function writeSample() {
  const sources = join(root, 'apps/arena/src');
  const guides = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));
  const linked = guides.flatMap((guide) =>
    [...readFileSync(join(root, 'docs', guide), 'utf8').matchAll(/\]\(\.\.\/apps\/arena\/src\/(.+?)\.ts\)/g)].map(
      ([, name]) => name,
    ),
  );
  return [...new Set(linked)].sort().map((name) => {
    const page = `sample/${name.replaceAll('.', '-')}`;
    const text = name.slice(name.lastIndexOf('/') + 1);
    const code = readFileSync(join(sources, `${name}.ts`), 'utf8').trimEnd();
    write(
      `${page}.md`,
      `# ${text}\n\n\`apps/arena/src/${name}.ts\` of the [sample application](/sample-application.md).\n\n\`\`\`ts\n${code}\n\`\`\`\n`,
    );
    return { text, link: `/${page}` };
  });
}

/** A page for the container file and the compose file of the sample application. */
function writeContainers() {
  const folder = join(root, 'ops/containers');
  const files = ['Containerfile', 'compose.yaml'].map((name) => shownFile(join(folder, name), folder));
  write(
    'sample/containers.md',
    `# Containers\n\n\`ops/containers\` of the [sample application](/sample-application.md).\n\n${files.join('\n')}`,
  );
  return { text: 'Containers', link: '/sample/containers' };
}

function shownFile(file, folder) {
  const language = /[^/.]+$/.exec(file)?.[0].replace('Containerfile', 'dockerfile');
  return `## ${file.slice(folder.length + 1)}\n\n\`\`\`${language}\n${readFileSync(file, 'utf8').trimEnd()}\n\`\`\`\n`;
}

function write(name, text) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  writeFileSync(join(out, name), text);
}
