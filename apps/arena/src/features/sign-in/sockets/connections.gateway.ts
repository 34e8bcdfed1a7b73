import { type OnGatewayConnection, type OnGatewayInit, WebSocketGateway } from '@nestjs/websockets';
import { encodePath, userKey } from 'nest-larder';
import { disconnectAt } from 'nest-larder/realtime';
import { ClientAddresses } from '../../../platform/http/requests/client-addresses.js';
import { type Connection, ConnectionsPerAddress } from '../../../platform/sockets/connections-per-address.js';
import { Tokens } from '../tokens.js';
import type { ArenaServer, ArenaSocket } from './arena-socket.js';

/** Knows who is at the other end of a socket: those who signed in hear what is meant for them, on whichever node they are. */
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
    // Kept with the socket: one that was away for a moment comes back without being identified again.
    const { user, expiresAt } = socket.data;
    if (user === undefined || expiresAt === undefined) return;
    disconnectAt(socket, expiresAt);
    if (socket.connected) await socket.join(encodePath(userKey(user.id)));
  }

  /** Without a token somebody is a guest; with one that is not valid they are not let in. */
  private async identify(socket: ArenaSocket): Promise<void> {
    const { token } = socket.handshake.auth;
    if (token === undefined) return;
    const opened = typeof token === 'string' ? await this.tokens.open(token) : undefined;
    if (!opened) throw new Error('The token is not valid any more. Sign in again.');
    socket.data.user = opened.user;
    socket.data.expiresAt = opened.expiresAt.getTime();
  }
}
