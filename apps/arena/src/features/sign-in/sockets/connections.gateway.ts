import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import { encodePath, userKey } from 'nest-larder';
import { disconnectAt } from 'nest-larder/realtime';
import { ClientAddresses } from '../../../platform/http/requests/client-addresses.js';
import { type Connection, ConnectionsPerAddress } from '../../../platform/sockets/connections-per-address.js';
import { Tokens } from '../tokens.js';
import type { ArenaServer, ArenaSocket } from './arena-socket.js';

/** Identifies the users of sockets and joins each socket to its user's room, so that events reach the user on every node. */
@WebSocketGateway()
export class ConnectionsGateway implements OnGatewayInit<ArenaServer>, OnGatewayConnection<ArenaSocket> {
  constructor(
    private readonly tokens: Tokens,
    private readonly addresses: ClientAddresses,
  ) {}

  afterInit(server: ArenaServer): void {
    const connections = new ConnectionsPerAddress(this.addresses);
    server.engine.on('connection', (connection: Connection) => connections.admit(connection));
    server.use((socket, next) => {
      this.identify(socket).then(() => next(), next);
    });
  }

  async handleConnection(socket: ArenaSocket): Promise<void> {
    // Stored with the socket: a client that reconnects after a short break is not identified again.
    const { user, expiresAt } = socket.data;
    if (user === undefined || expiresAt === undefined) return;
    disconnectAt(socket, expiresAt);
    if (socket.connected) await socket.join(encodePath(userKey(user.id)));
  }

  /** A socket without a token is a guest; an invalid token refuses the connection. */
  private async identify(socket: ArenaSocket): Promise<void> {
    const { token } = socket.handshake.auth;
    if (token === undefined) return;
    const opened = typeof token === 'string' ? await this.tokens.open(token) : undefined;
    if (!opened) throw new Error('The token is not valid any more. Sign in again.');
    socket.data.user = opened.user;
    socket.data.expiresAt = opened.expiresAt.getTime();
  }
}
