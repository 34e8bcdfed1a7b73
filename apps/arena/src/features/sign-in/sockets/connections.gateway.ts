import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import { encodePath, userKey } from 'nest-larder';
import { Tokens } from '../tokens.js';
import type { ArenaServer, ArenaSocket } from './arena-socket.js';

/** Knows who is at the other end of a socket: those who signed in hear what is meant for them, on whichever node they are. */
@WebSocketGateway()
export class ConnectionsGateway implements OnGatewayInit<ArenaServer>, OnGatewayConnection<ArenaSocket> {
  constructor(private readonly tokens: Tokens) {}

  afterInit(server: ArenaServer): void {
    server.use((socket, next) => {
      this.identify(socket).then(() => next(), next);
    });
  }

  async handleConnection(socket: ArenaSocket): Promise<void> {
    const { user } = socket.data;
    if (user !== undefined) await socket.join(encodePath(userKey(user.id)));
  }

  /** Without a token somebody is a guest; with one that is not valid they are not let in. */
  private async identify(socket: ArenaSocket): Promise<void> {
    const { token } = socket.handshake.auth;
    if (token === undefined) return;
    const user = typeof token === 'string' ? await this.tokens.read(token) : undefined;
    if (!user) throw new Error('The token is not valid any more. Sign in again.');
    socket.data.user = user;
  }
}
