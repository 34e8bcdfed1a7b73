import { Injectable, Module } from '@nestjs/common';
import { Cacheable, LarderModule } from 'nest-larder';

@Injectable()
export class Reports {
  loads = 0;

  @Cacheable({ key: (year: number) => ['reports', year] })
  async of(year: number) {
    return { year, load: ++this.loads };
  }
}

@Module({ imports: [LarderModule.forRoot()], providers: [Reports] })
export class AppModule {}
