// The schematic of `nest add nest-larder`. It edits the text of the root module: a schematic has no types of the application.
// It needs no package: a rule is a function of the tree of files.

const VARIABLES = `
# nest-larder. Larder reads the environment, not this file: node --env-file=.env dist/main.js
# LARDER_REDIS_URL=redis://localhost:6379
# LARDER_DEFAULT_TTL=5m
`;

const EXAMPLE = `import { Controller, Get, Param } from '@nestjs/common';
import { Cacheable } from 'nest-larder';

/** A first cached route: the time stays the same for ten seconds. */
@Controller('greetings')
export class GreetingsController {
  @Get(':name')
  @Cacheable({
    key: (name: string) => ['greetings', name],
    ttl: '10s',
    scope: 'shared',
  })
  async greet(@Param('name') name: string) {
    return { text: \`Hello \${name}\`, madeAt: new Date() };
  }
}
`;

/** @param {{ sourceRoot?: string, module?: string, example?: boolean }} options */
function nestAdd({ sourceRoot = 'src', module: name = 'app.module.ts', example = true }) {
  return (tree, context) => {
    addVariables(tree);
    const path = `${sourceRoot}/${name}`;
    const code = tree.exists(path) ? tree.readText(path) : undefined;
    const edited = code === undefined ? undefined : withModule(code);
    if (edited === undefined) {
      const where = code === undefined ? `${path} does not exist` : `no @Module({ … }) was found in ${path}`;
      context.logger.warn(`${where}: add LarderModule.forRoot() to the imports of your root module.`);
      return tree;
    }
    const isEsm = /from '\.[^']*\.js'/.test(code);
    const withExample = example && addExample(tree, sourceRoot, edited, isEsm ? '.js' : '');
    tree.overwrite(path, withExample || edited);
    context.logger.info(
      withExample
        ? 'Try it: start the application and run `curl localhost:3000/greetings/Ana` twice.'
        : "Put @Cacheable({ key: (id: string) => ['items', id], ttl: '10m', scope: 'shared' }) on a method that returns a promise.",
    );
    return tree;
  };
}

function addVariables(tree) {
  if (!tree.exists('.env')) tree.create('.env', VARIABLES.trimStart());
  else if (!tree.readText('.env').includes('LARDER_')) tree.overwrite('.env', tree.readText('.env') + VARIABLES);
}

/** The module with LarderModule in its imports; the same text if it is there, `undefined` if there is no module. */
function withModule(code) {
  if (code.includes('LarderModule')) return code;
  const listed = withListed(code, 'imports', 'LarderModule.forRoot()');
  return listed && withImport(listed, "import { LarderModule } from 'nest-larder';");
}

/** Adds a controller with a cached route. Returns the module with it, or `false` if that file is there already. */
function addExample(tree, sourceRoot, module, extension) {
  const file = `${sourceRoot}/greetings.controller.ts`;
  if (tree.exists(file)) return false;
  tree.create(file, EXAMPLE);
  const listed = withListed(module, 'controllers', 'GreetingsController');
  return withImport(listed, `import { GreetingsController } from './greetings.controller${extension}';`);
}

/** Adds a member to a list of the first `@Module`. */
function withListed(code, list, member) {
  const module = /@Module\(\{/.exec(code);
  if (module === null) return undefined;
  const begin = module.index + module[0].length;
  const found = new RegExp(`(^|[\\s,{])${list}\\s*:\\s*\\[`).exec(code.slice(begin));
  if (found === null) return `${code.slice(0, begin)}\n  ${list}: [${member}],${code.slice(begin)}`;
  const at = begin + found.index + found[0].length;
  const isEmpty = /^\s*\]/.test(code.slice(at));
  return `${code.slice(0, at)}${member}${isEmpty ? '' : ', '}${code.slice(at)}`;
}

/** Adds an import after the last one. */
function withImport(code, line) {
  const imports = [...code.matchAll(/^import [^;]*;[^\S\n]*$/gm)];
  const last = imports.at(-1);
  if (last === undefined) return `${line}\n${code}`;
  const at = last.index + last[0].length;
  return `${code.slice(0, at)}\n${line}${code.slice(at)}`;
}

exports.nestAdd = nestAdd;
