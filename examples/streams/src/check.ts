import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.js';

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const textOf = async (path: string) => (await fetch(`${url}/${path}`)).text();
assert.equal(await textOf('rates/EUR'), '{"currency":"EUR","load":1}');
assert.equal(await textOf('rates/EUR'), '{"currency":"EUR","load":1}');
assert.equal((await fetch(`${url}/endless`)).status, 500);
assert.equal((await textOf('events')).match(/"load":1/g)?.length, 3);
assert.equal(await textOf('report'), 'report 1');
const report = await fetch(`${url}/report`);
assert.equal(await report.text(), 'report 1');
assert.match(report.headers.get('content-type') ?? '', /text\/plain/);
await app.close();
