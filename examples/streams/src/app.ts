import { Readable } from 'node:stream';
import { Controller, Get, Injectable, type MessageEvent, Module, Param, Sse, StreamableFile } from '@nestjs/common';
import { Cacheable, LarderModule } from 'nest-larder';
import { from, interval, map, mergeMap, Observable, of, take } from 'rxjs';

@Injectable()
export class Rates {
  loads = 0;

  @Cacheable({ key: (currency: string) => ['rates', currency], ttl: '1h' })
  one(currency: string): Observable<{ currency: string; load: number }> {
    return of({ currency, load: ++this.loads });
  }
}

@Controller()
export class AppController {
  files = 0;

  constructor(private readonly rates: Rates) {}

  /** An Observable of one value is cached. */
  @Get('rates/:currency')
  rate(@Param('currency') currency: string): Observable<object> {
    return this.rates.one(currency);
  }

  /** One without an end is refused at its second value. */
  @Get('endless')
  @Cacheable({ key: () => ['endless'] })
  endless(): Observable<number> {
    return interval(1);
  }

  /** A stream of events is not cached, but each event may read cached values. */
  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(1).pipe(
      take(3),
      mergeMap(() => from(this.rates.one('EUR'))),
      map((data) => ({ data })),
    );
  }

  /** A file up to 1 MB is cached with its headers. */
  @Get('report')
  @Cacheable({ key: () => ['report'], ttl: '1h', http: { maxFileSize: '1mb' } })
  async report(): Promise<StreamableFile> {
    return new StreamableFile(Readable.from([Buffer.from(`report ${++this.files}`)]), { type: 'text/plain' });
  }
}

@Module({ imports: [LarderModule.forRoot()], controllers: [AppController], providers: [Rates] })
export class AppModule {}
