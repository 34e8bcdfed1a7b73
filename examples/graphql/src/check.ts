import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { AppModule, Authors, BooksResolver } from './app.js';

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const url = `${await app.getUrl()}/graphql`;

async function ask(query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  assert.equal(errors, undefined);
  return data;
}

const question = '{ books { title blurb author { name } } }';
const first = await ask(question);
assert.deepEqual(await ask(question), first);
const authors = app.get(Authors);
assert.deepEqual(authors.calls, [['a', 'b']]);
assert.equal(app.get(BooksResolver).loads, 1);
await ask('mutation { renameAuthor(id: "a") }');
await ask(question);
assert.deepEqual(authors.calls, [['a', 'b'], ['a']]);
await app.close();
