import { describe, expect, it } from '@jest/globals';
import { type Deferred, defer } from '../../../../test/support/defer.js';
import { LarderOptionsError } from '../base/errors.js';
import { type BatchProgress, runBatch } from './run-batch.js';

describe('a batch', () => {
  it('runs a group concurrently, and the next group when it is done', async () => {
    const begun = new Map<number, Deferred<number>>();
    const report = runBatch(
      [0, 1, 2, 3, 4, 5, 6],
      (item) => {
        begun.set(item, defer());
        return begun.get(item)?.promise;
      },
      { size: 3 },
    );
    const finish = async (...items: number[]) => {
      for (const item of items) begun.get(item)?.resolve(item * 10);
      await new Promise(setImmediate);
    };
    expect([...begun.keys()]).toEqual([0, 1, 2]);
    await finish(2, 0);
    expect(begun.size).toBe(3);
    await finish(1);
    expect([...begun.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
    await finish(3, 4, 5);
    await finish(6);
    expect((await report).done.map(({ item, result }) => [item, result])).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((item) => [item, item * 10]),
    );
  });

  it('goes on past failures, and reports each with its item', async () => {
    const seen: BatchProgress[] = [];
    const report = await runBatch(
      ['a', 'b', 'c', 'd'],
      (item) => {
        if (item === 'b') throw new Error('no b');
        return item === 'c' ? Promise.reject(new Error('no c')) : item.toUpperCase();
      },
      { size: 2, onProgress: (progress) => seen.push(progress) },
    );
    expect(report.done).toEqual([
      { item: 'a', result: 'A' },
      { item: 'd', result: 'D' },
    ]);
    expect(report.failed.map(({ item, error }) => `${item}: ${(error as Error).message}`)).toEqual([
      'b: no b',
      'c: no c',
    ]);
    expect(seen).toHaveLength(4);
    expect(seen.at(-1)).toEqual({ total: 4, done: 2, failed: 2 });
  });

  it('begins no further group after a failure with continueOnError: false', async () => {
    const report = await runBatch(
      ['a', 'b', 'c', 'd', 'e'],
      async (item) => {
        if (item === 'c') throw new Error('no c');
        return item.toUpperCase();
      },
      { size: 2, continueOnError: false },
    );
    expect(report.done.map(({ item }) => item)).toEqual(['a', 'b', 'd']);
    expect(report.failed.map(({ item }) => item)).toEqual(['c']);
    expect(report.skipped).toEqual(['e']);
  });

  it('rejects unknown and invalid options', async () => {
    await expect(runBatch([], () => {}, { continueOnErrors: false } as object)).rejects.toThrow('continueOnError');
    await expect(runBatch([], () => {}, { continueOnError: 0 as never })).rejects.toThrow(LarderOptionsError);
  });

  it('begins no further group once it is aborted', async () => {
    const abort = new AbortController();
    const work = (item: number) => {
      if (item === 2) abort.abort();
    };
    const report = await runBatch([1, 2, 3, 4, 5], work, { size: 2, signal: abort.signal });
    expect(report.done.map(({ item }) => item)).toEqual([1, 2]);
    expect(report.skipped).toEqual([3, 4, 5]);
  });

  it('begins at most perSecond items a second, and stops waiting when it is aborted', async () => {
    const abort = new AbortController();
    const began = performance.now();
    const moments: number[] = [];
    const report = await runBatch(
      [1, 2, 3, 4, 5, 6],
      (item) => {
        moments.push(performance.now() - began);
        if (item === 4) setTimeout(() => abort.abort(), 10);
      },
      { size: 2, perSecond: 20, signal: abort.signal },
    );
    expect(moments).toHaveLength(4);
    expect(moments[2]).toBeGreaterThanOrEqual(99);
    expect(report.skipped).toEqual([5, 6]);
  });

  it('ignores a listener that throws, and accepts an empty list', async () => {
    const report = await runBatch([1], () => 1, {
      onProgress: () => {
        throw new Error('listener');
      },
    });
    expect(report.done).toHaveLength(1);
    expect(await runBatch([], () => 1)).toEqual({ done: [], failed: [], skipped: [] });
  });

  it.each([{ size: 0 }, { size: 1.5 }, { perSecond: 0 }, { perSecond: Number.NaN }])('rejects %j', async (options) => {
    await expect(runBatch([1], () => 1, options)).rejects.toThrow(LarderOptionsError);
  });
});
