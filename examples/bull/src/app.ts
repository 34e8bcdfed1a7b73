import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module } from '@nestjs/common';
import type { Job } from 'bullmq';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';

const { hostname, port } = new URL(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');

@Injectable()
export class Customers {
  loads = 0;

  @Cacheable({ key: (id: string) => ['customers', id], ttl: '10m' })
  async one(id: string) {
    return { id, load: ++this.loads };
  }
}

/** A worker reads cached values, and invalidates what its job changed. */
@Processor('invoices')
export class InvoiceProcessor extends WorkerHost {
  constructor(private readonly customers: Customers) {
    super();
  }

  @CacheInvalidate({
    targets: ({ data }: Job<{ customer: string; isLast: boolean }>) =>
      data.isLast ? [['customers', data.customer]] : [],
  })
  async process({ data }: Job<{ customer: string; isLast: boolean }>): Promise<number> {
    return (await this.customers.one(data.customer)).load;
  }
}

@Module({
  imports: [
    LarderModule.forRoot({ redis: process.env.REDIS_URL }),
    BullModule.forRoot({ connection: { host: hostname, port: Number(port || 6379) } }),
    BullModule.registerQueue({ name: 'invoices' }),
  ],
  providers: [Customers, InvoiceProcessor],
})
export class AppModule {}
