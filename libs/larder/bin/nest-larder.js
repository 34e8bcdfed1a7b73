#!/usr/bin/env node
import { run } from '../dist/change-feed/cli/run.js';

process.exitCode = await run(process.argv.slice(2), process.env, {
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
});
