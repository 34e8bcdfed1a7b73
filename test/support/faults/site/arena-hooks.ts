/** Preloaded into an arena, so that a test can block its event loop and set its clock. */
const BLOCKED = 1500;
/** Longer than every timeout and TTL of the arenas; a job scheduled meanwhile is late by as much. */
const JUMP = 10_000;

const Real = Date;
let ahead = 0;

globalThis.Date = new Proxy(Real, {
  construct: (target, args, called) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + ahead] : args, called),
  get: (target, name) => (name === 'now' ? () => target.now() + ahead : Reflect.get(target, name)),
});

process.on('SIGWINCH', () => {
  ahead = ahead === 0 ? JUMP : 0;
});
process.on('SIGUSR2', () => {
  const end = performance.now() + BLOCKED;
  while (performance.now() < end);
});
