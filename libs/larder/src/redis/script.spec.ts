import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const LIBS = join(import.meta.dirname, '../..', 'src');
const CHANNELS = new Set(['PUBLISH', 'SPUBLISH']);
const WITHOUT_KEYS = new Set(['TIME', 'INFO']);

/** The template literals of a source file that are Lua. */
function luaIn(source: string): string {
  return [...source.matchAll(/`([^`]*)`/g)]
    .map(([, text]) => text ?? '')
    .filter((text) => /redis\.p?call\(/.test(text))
    .join('\n');
}

/** The items of a Lua list, without those of nested lists. */
function partsFrom(lua: string, start: number): string[] {
  const parts = [''];
  for (let at = start, depth = 0, quote = ''; at < lua.length; at++) {
    const letter = lua[at] as string;
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === "'" || letter === '"') quote = letter;
    else if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter) && depth-- === 0) break;
    if (letter === ',' && depth === 0 && quote === '') parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

/** All expressions that a script passes to Redis as key names, also through variables and functions. */
function keyNamesIn(lua: string): string[] {
  const functions = [...lua.matchAll(/function (\w+)\(([^)]*)\)/g)].map(({ 1: name, 2: parameters, index }) => ({
    name: name as string,
    parameters: (parameters ?? '').split(',').map((parameter) => parameter.trim()),
    body: lua.slice(index, endOf(lua, index)),
  }));
  const isParameter = (name: string) => functions.some(({ parameters }) => parameters.includes(name));
  const found = new Set<string>();
  const pending = [
    ...[...lua.matchAll(/redis\.p?call\(/g)].map(({ 0: call, index }) => partsFrom(lua, index + call.length)),
    ...[...lua.matchAll(/= \{(?='[A-Z])/g)].map(({ 0: opening, index }) => partsFrom(lua, index + opening.length)),
  ].flatMap(([command = '', ...rest]) => {
    const name = command.slice(1, -1);
    if (!command.startsWith("'") || WITHOUT_KEYS.has(name) || CHANNELS.has(name)) return [];
    if (name === 'RENAME' || name === 'ZRANGESTORE') return rest.slice(0, 2);
    return name === 'DEL' || name === 'UNLINK' ? rest : rest.slice(0, 1);
  });
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const variable = /^(\w+)(\[.*\])?$/.exec(name)?.[1];
    if (variable === undefined || variable === 'KEYS' || variable === 'ARGV') continue;
    for (const { name: called, parameters } of isParameter(variable) ? functions : []) {
      const at = parameters.indexOf(variable);
      if (at < 0) continue;
      for (const call of lua.matchAll(new RegExp(`(?<!function )\\b${called}\\(`, 'g'))) {
        const given = partsFrom(lua, call.index + call[0].length)[at];
        if (given !== undefined) pending.push(given);
      }
    }
    for (const [, assigned = ''] of lua.matchAll(new RegExp(`\\b${variable}(?:\\[.*\\])? = ([^\\n;]+)`, 'g'))) {
      if (/\.\.|ARGV/.test(assigned) && !/\w\(/.test(assigned)) pending.push(assigned.trim());
    }
  }
  return [...found];
}

/** The next line that begins with `end`: sufficient for functions that are not indented. */
function endOf(lua: string, from: number): number {
  const end = lua.indexOf('\nend', from);
  return end < 0 ? lua.length : end;
}

const builtNames = (lua: string) => keyNamesIn(lua).filter((name) => /\.\.|^ARGV|^['"]|\$\{/.test(name));

describe('the check', () => {
  it.each([
    ["redis.call('GET', ARGV[1] .. id)", 'ARGV[1] .. id'],
    ["redis.call('GET', ARGV[1])", 'ARGV[1]'],
    ["redis.call('GET', 'larder:x')", "'larder:x'"],
    ["redis.call('RENAME', KEYS[1], KEYS[1] .. ':old')", "KEYS[1] .. ':old'"],
    ["local name = KEYS[1] .. ':old'\nredis.pcall('DEL', KEYS[1], name)", "KEYS[1] .. ':old'"],
    ["local function heal(key)\n  redis.call('DEL', key)\nend\nheal(ARGV[2] .. id)", 'ARGV[2] .. id'],
    ["local command = {'BITFIELD', ARGV[3]}\nredis.call(unpack(command))", 'ARGV[3]'],
  ])('finds the built name in %j', (lua, name) => {
    expect(builtNames(lua)).toContain(name);
  });
});

describe('scripts', () => {
  const shared = ['redis/script.ts', 'redis/batches/batch-claims.ts', 'redis/batches/batch-keys.ts'];
  const lua = (path: string) => luaIn(readFileSync(join(LIBS, path), 'utf8'));
  const files = readdirSync(LIBS, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /(?<!\.spec)\.ts$/.test(path) && lua(path) !== '',
  );

  it('are found', () => {
    expect(files.length).toBeGreaterThan(8);
  });

  it.each(files)('never build the name of a key: %s', (path) => {
    const texts = [...new Set([...shared, path])].map(lua);
    expect(builtNames(texts.join('\n'))).toEqual([]);
  });
});
