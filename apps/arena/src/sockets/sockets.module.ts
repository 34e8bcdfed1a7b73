import { Global, Module } from '@nestjs/common';
import { Broadcaster } from 'nest-larder/realtime';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { ConnectionsGateway } from './connections.gateway.js';

/** Sockets, and what is sent to them from anywhere. */
@Global()
@Module({ imports: [SignInModule], providers: [Broadcaster, ConnectionsGateway], exports: [Broadcaster] })
export class SocketsModule {}
