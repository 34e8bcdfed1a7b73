import { Module } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Cacheable, CacheInvalidate, LarderModule } from 'nest-larder';

@WebSocketGateway()
export class ScoresGateway {
  loads = 0;

  @SubscribeMessage('score')
  @Cacheable({ key: (match: string) => ['scores', match], ttl: '1m', scope: 'shared' })
  async score(@MessageBody() match: string) {
    return { match, load: ++this.loads };
  }

  @SubscribeMessage('goal')
  @CacheInvalidate({ targets: (match: string) => [['scores', match]] })
  async goal(@MessageBody() match: string) {
    return match;
  }
}

@Module({ imports: [LarderModule.forRoot()], providers: [ScoresGateway] })
export class AppModule {}
