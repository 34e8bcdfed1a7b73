#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

const { stderr } = process;
const terminal = {
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
  draw: stderr.isTTY ? (line) => stderr.write(`\r\u001b[K${line}`) : undefined,
};

// `nest-larder keys | head` closes the pipe: that is no fault.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main(process.argv.slice(2), process.env, terminal);
