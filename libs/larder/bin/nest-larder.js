#!/usr/bin/env node
const argv = process.argv.slice(2);
const terminal = { print: (text) => console.log(text), complain: (text) => console.error(text) };

// Each command loads its own code: the start stays fast.
const isDoctor = argv[0] === 'doctor';
const { run } = await import(isDoctor ? '../dist/cli/run.js' : '../dist/change-feed/cli/run.js');

process.exitCode = await run(isDoctor ? argv.slice(1) : argv, process.env, terminal);
