import { describe, expect, it } from '@jest/globals';
import { defineCounter } from './counters/define-counter.js';
import { defineDeadline } from './deadlines/define-deadline.js';

describe('a definition of a counter or of a deadline', () => {
  it('names every unknown and every invalid option', () => {
    const counter = { name: 'views', flushEvery: '5s', write: 'save', tally: '50ms' };
    expect(() => defineCounter(counter as never)).toThrow(
      expect.objectContaining({
        problems: [
          'unknown option tally of the counter views; there are name, flushEvery, write, bufferFor, onError',
          'invalid write of the counter views: got "save", expected a function',
        ],
      }),
    );
    const deadline = { name: 'offers', every: '1m', expires: () => {} };
    expect(() => defineDeadline(deadline as never)).toThrow(
      expect.objectContaining({
        problems: [
          'unknown option expires of the deadline offers; did you mean expire?',
          'invalid expire of the deadline offers: got undefined, expected a function',
        ],
      }),
    );
  });

  it.each([[null], [undefined], ['views']])('is refused where it is %p', (definition) => {
    expect(() => defineCounter(definition as never)).toThrow(expect.objectContaining({ code: 'LARDER_OPTIONS' }));
    expect(() => defineDeadline(definition as never)).toThrow(expect.objectContaining({ code: 'LARDER_OPTIONS' }));
  });
});
