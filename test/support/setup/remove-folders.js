import { removeSeeded } from './seed-arena.js';

export default removeSeeded;
