import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'luaparse';

const LIBS = join(import.meta.dirname, '../..', 'src');
const FILES = readdirSync(LIBS, { recursive: true, encoding: 'utf8' }).filter((path) => /(?<!\.spec)\.ts$/.test(path));
const SOURCES = new Map(FILES.map((path) => [path, readFileSync(join(LIBS, path), 'utf8')]));

interface Piece {
  readonly name: string;
  readonly lua: string;
}

/** The template literals that are Lua. */
function piecesIn(source: string): Piece[] {
  const literals = source.matchAll(/(?:const (\w+) = (?:new \w+\()?)?`([^`]*)`/g);
  return [...literals]
    .map(([, name = '', lua = '']) => ({ name, lua }))
    .filter(({ lua }) => /redis\.p?call\(|^local /m.test(lua));
}

const PIECES = [...SOURCES].flatMap(([path, source]) => piecesIn(source).map((piece) => ({ ...piece, path })));

/** A piece with the pieces that it contains, as Lua of its own. */
function luaOf({ lua }: Piece): string {
  const whole = lua.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const part = PIECES.find((piece) => piece.name === name);
    return part === undefined ? '0' : luaOf(part);
  });
  // In a script this line only names its flags.
  return whole.replace(/^#!lua.*$/m, '').replaceAll('\\\\', '\\');
}

/** Both have them, with one meaning for what scripts do with them. */
const GLOBALS = new Set(
  ['ARGV', 'KEYS', 'redis', '_G', 'error', 'ipairs', 'math', 'next', 'pairs', 'pcall', 'rawget', 'select'].concat([
    'string',
    'table',
    'tonumber',
    'tostring',
    'type',
  ]),
);
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  math: ['abs', 'ceil', 'floor', 'huge', 'max', 'min'],
  string: [
    'byte',
    'char',
    'find',
    'format',
    'gmatch',
    'gsub',
    'len',
    'lower',
    'match',
    'rep',
    'reverse',
    'sub',
    'upper',
  ],
  table: ['concat', 'insert', 'remove', 'sort'],
};
/** Takes what the server has. */
const EITHER = 'table.unpack or unpack';

/** The names that a script needs and that one of Lua 5.1 and 5.4 lacks. */
function missingIn(lua: string, known: ReadonlySet<string> = new Set()): string[] {
  const text = lua.replaceAll(EITHER, 'nil');
  const { globals = [] } = parse(text, { scope: true, luaVersion: '5.1' }) as { globals?: { name: string }[] };
  // Also a syntax error in the later language is one.
  parse(text, { luaVersion: '5.3' });
  const members = [...text.matchAll(/\b(math|string|table)\.(\w+)/g)]
    .filter(([, library = '', name = '']) => !MEMBERS[library]?.includes(name))
    .map(([whole]) => whole);
  return [...globals.map(({ name }) => name).filter((name) => !GLOBALS.has(name) && !known.has(name)), ...members];
}

/** What a piece declares for those that follow it in its script. */
function localsOf(lua: string): string[] {
  const declared = [...lua.matchAll(/^local (?:function (\w+)|([\w, ]+?)(?: =|$))/gm)];
  return declared.flatMap(([, name, list = '']) => [...(name === undefined ? [] : [name]), ...list.split(/, ?/)]);
}

describe('the check', () => {
  it.each([
    ["struct.pack('>I4', 0)", 'struct'],
    ['redis.call(unpack(ARGV))', 'unpack'],
    ['local list = table.unpack(ARGV)', 'table.unpack'],
    ["local text = string.pack('>I4', 0)", 'string.pack'],
    ['local found = cmsgpack.unpack(ARGV[1])', 'cmsgpack'],
    ["local run = loadstring('return 1')", 'loadstring'],
    ['local both = bit.band(1, 3)', 'bit'],
    ['setfenv(1, {})', 'setfenv'],
    ['local count = table.getn(ARGV)', 'table.getn'],
  ])('finds what one language lacks in %j', (lua, name) => {
    expect(missingIn(lua)).toEqual([name]);
  });

  it('refuses what only one of them parses', () => {
    expect(() => missingIn('local half = 7 // 2')).toThrow();
    expect(() => missingIn('local goto = 1')).toThrow();
  });

  it('accepts what takes either', () => {
    expect(missingIn(`local unpack = ${EITHER}\nredis.call(unpack(ARGV))`)).toEqual([]);
  });
});

describe('scripts', () => {
  it('are found', () => {
    expect(PIECES.length).toBeGreaterThan(30);
  });

  it.each(PIECES.map((piece) => [`${piece.path} ${piece.name}`, piece] as const))(
    'need nothing that Lua 5.1 or Lua 5.4 lacks: %s',
    (_, piece) => {
      // The steps on the version table follow its prelude.
      // A script is put together from pieces of its folder and of `lua/` below it.
      const folder = dirname(piece.path);
      const near = PIECES.filter(({ path }) => [folder, join(folder, 'lua')].includes(dirname(path)));
      const known = new Set(near.flatMap((one) => localsOf(luaOf(one))));
      expect(missingIn(luaOf(piece), known)).toEqual([]);
    },
  );
});
