import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Param } from '@nestjs/common';
import {
  BehaviorSubject,
  EMPTY,
  firstValueFrom,
  interval,
  lastValueFrom,
  map,
  Observable,
  of,
  Subject,
  tap,
  throwError,
} from 'rxjs';
import { json, NestApplications } from '../../../../test/support/nest-application.js';
import { Cacheable, CacheInvalidate, CacheWriteThrough, LarderDecoratorError } from '../index.js';
import { FakeClock } from '../testing/index.js';

const applications = new NestApplications();

afterEach(() => applications.close());

let runs = 0;

@Injectable()
class Rates {
  readonly source = new BehaviorSubject('first');
  written = 0;

  @Cacheable({ key: (currency: string) => ['rates', currency] })
  one(currency: string): Observable<{ currency: string; run: number }> {
    return of(currency).pipe(map((of) => ({ currency: of, run: ++runs })));
  }

  @Cacheable({ key: () => ['none'] })
  none(): Observable<string> {
    return EMPTY;
  }

  @Cacheable({ key: () => ['failing'] })
  failing(): Observable<string> {
    return throwError(() => new Error('no rates'));
  }

  @Cacheable({ key: () => ['ticks'] })
  ticks(): Observable<number> {
    return new Observable((subscriber) => {
      subscriber.next(1);
      subscriber.next(2);
    });
  }

  @Cacheable({ key: () => ['open'] })
  open(): Observable<string> {
    return this.source.asObservable();
  }

  readonly slow = new Subject<string>();

  @Cacheable({ key: () => ['slow'], hardTimeout: '2s' })
  late(): Observable<string> {
    return this.slow.asObservable();
  }

  @CacheInvalidate({ targets: [['rates']] })
  change(currency: string): Observable<string> {
    return of('begun', currency).pipe(tap(() => this.written++));
  }

  @CacheWriteThrough({ key: (currency: string) => ['rates', currency] })
  put(currency: string, run: number): Observable<{ currency: string; run: number }> {
    return of({ currency, run });
  }

  @Cacheable({ key: () => ['undeclared'] })
  undeclared() {
    return of(1);
  }
}

async function started() {
  runs = 0;
  const clock = new FakeClock();
  const { app, cache } = await applications.start({ providers: [Rates] }, { larder: { clock } });
  return { rates: app.get(Rates), cache, clock };
}

describe('a method that returns an Observable', () => {
  it('serves later subscribers from the cache, and still returns an Observable', async () => {
    const { rates, cache } = await started();
    const first = rates.one('EUR');
    expect(first).toBeInstanceOf(Observable);
    expect(runs).toBe(0);
    expect(await firstValueFrom(first)).toEqual({ currency: 'EUR', run: 1 });
    expect(await firstValueFrom(rates.one('EUR').pipe(map(({ run }) => run)))).toBe(1);
    await cache.invalidate(['rates', 'EUR']);
    // The same Observable reads again for each subscriber.
    expect(await firstValueFrom(first)).toEqual({ currency: 'EUR', run: 2 });
  });

  it('shares one run among concurrent subscribers, and passes its error on', async () => {
    const { rates } = await started();
    await Promise.all([firstValueFrom(rates.one('EUR')), firstValueFrom(rates.one('EUR'))]);
    expect(runs).toBe(1);
    await expect(firstValueFrom(rates.failing())).rejects.toThrow('no rates');
    expect(await firstValueFrom(rates.none())).toBeUndefined();
  });

  it('is refused at its second value', async () => {
    const { rates } = await started();
    const error = await firstValueFrom(rates.ticks()).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    expect(String(error)).toContain('Rates.ticks returns an Observable that emits more than one value');
  });

  it('is refused if it stays open after its value', async () => {
    const { rates, clock } = await started();
    const refused = firstValueFrom(rates.open()).catch((one: unknown) => one);
    await new Promise(setImmediate);
    clock.advance(4999);
    expect(rates.source.observed).toBe(true);
    clock.advance(1);
    expect(String(await refused)).toContain('Rates.open returns an Observable that is still open 5 s after its value');
    expect(rates.source.observed).toBe(false);
  });

  it('is unsubscribed when hardTimeout ends its load', async () => {
    const { rates, clock } = await started();
    const ended = firstValueFrom(rates.late()).catch((one: unknown) => one);
    await new Promise(setImmediate);
    clock.advance(1999);
    expect(rates.slow.observed).toBe(true);
    clock.advance(1);
    expect(await ended).toMatchObject({ code: 'LARDER_TIMEOUT' });
    expect(rates.slow.observed).toBe(false);
  });

  it('still brings its value when the cache closes meanwhile', async () => {
    const { rates, cache } = await started();
    const value = firstValueFrom(rates.late());
    await new Promise(setImmediate);
    await cache.close();
    rates.slow.next('value');
    rates.slow.complete();
    expect(await value).toBe('value');
  });

  it('can be warmed', async () => {
    const { rates, cache } = await started();
    const report = await cache.warm(rates.one, [['EUR'], ['USD']]);
    expect(report).toMatchObject({ total: 2, loaded: 2, failed: [] });
    // @ts-expect-error -- a currency is a string
    await cache.warm(rates.one, [[7]]);
    runs = 0;
    await firstValueFrom(rates.one('EUR'));
    expect(runs).toBe(0);
  });

  it('invalidates once a write has completed, with its last value as the result', async () => {
    const { rates } = await started();
    await firstValueFrom(rates.one('EUR'));
    const change = rates.change('EUR');
    await firstValueFrom(rates.one('EUR'));
    expect([runs, rates.written]).toEqual([1, 0]);
    expect(await lastValueFrom(change)).toBe('EUR');
    await firstValueFrom(rates.one('EUR'));
    expect([runs, rates.written]).toEqual([2, 2]);
  });

  it('stores the value of a write-through', async () => {
    const { rates } = await started();
    await firstValueFrom(rates.put('EUR', 7));
    expect(await firstValueFrom(rates.one('EUR'))).toEqual({ currency: 'EUR', run: 7 });
  });

  it('must declare it if other code calls it', async () => {
    const { rates } = await started();
    const call = rates.undeclared() as unknown as Promise<unknown>;
    await expect(call).rejects.toThrow('Rates.undeclared returns an Observable, and its callers would get a promise');
  });

  it('need not declare it as a handler', async () => {
    @Controller('rates')
    class RatesController {
      loads = 0;

      @Get('declared/:id')
      @Cacheable({ key: (id: string) => ['declared', id] })
      declared(@Param('id') id: string): Observable<object> {
        return of({ id, load: ++this.loads });
      }

      @Get('inferred/:id')
      @Cacheable({ key: (id: string) => ['inferred', id] })
      inferred(@Param('id') id: string) {
        return of({ id, load: ++this.loads });
      }

      @Get('endless')
      @Cacheable({ key: () => ['endless'] })
      endless() {
        return interval(1);
      }
    }
    const { url } = await applications.start({ controllers: [RatesController] });
    for (const [route, load] of Object.entries({ declared: 1, inferred: 2 })) {
      expect(await json(`${url}/rates/${route}/1`)).toEqual({ id: '1', load });
      const hit = await fetch(`${url}/rates/${route}/1`);
      expect(await hit.json()).toEqual({ id: '1', load });
      expect(hit.headers.get('cache-status')).toContain('hit');
    }
    expect((await fetch(`${url}/rates/endless`)).status).toBe(500);
  });
});
