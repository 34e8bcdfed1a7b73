export { run } from './command/triggers-command.js';
