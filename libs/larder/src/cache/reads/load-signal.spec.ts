import { expect, it } from '@jest/globals';
import { Closing } from '../state/closing.js';
import { LoadSignal } from './load-signal.js';

it('is one signal, aborted with the reason for giving up the load', () => {
  const load = new LoadSignal(new Closing());
  const { signal } = load;
  const reason = new Error('too late');
  load.abort(reason);
  expect(load.signal).toBe(signal);
  expect(signal.reason).toBe(reason);
});

it('is already aborted if first read after the load was given up', () => {
  const load = new LoadSignal(new Closing());
  const reason = new Error('too late');
  load.abort(reason);
  expect(load.signal.reason).toBe(reason);
});

it('is aborted when the cache closes, or has closed', () => {
  const closing = new Closing();
  const before = new LoadSignal(closing);
  const { signal } = before;
  expect(signal.aborted).toBe(false);
  closing.close();
  expect(signal.aborted).toBe(true);
  expect(new LoadSignal(closing).signal.aborted).toBe(true);
});

it('is released when its load has ended, so that its listeners can be collected', () => {
  for (const looksAgain of [false, true]) {
    const closing = new Closing();
    const load = new LoadSignal(closing);
    const { signal } = load;
    load.end();
    if (looksAgain) expect(load.signal).toBe(signal);
    closing.close();
    expect(signal.aborted).toBe(false);
  }
});

it('does not retain a signal first read after its load has ended', () => {
  const closing = new Closing();
  const load = new LoadSignal(closing);
  load.end();
  const { signal } = load;
  closing.close();
  expect(signal.aborted).toBe(false);
});
