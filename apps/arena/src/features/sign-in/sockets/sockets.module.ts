import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in.module.js';
import { ConnectionsGateway } from './connections.gateway.js';

/** Identifies the users of sockets. */
@Module({ imports: [SignInModule], providers: [ConnectionsGateway] })
export class SocketsModule {}
