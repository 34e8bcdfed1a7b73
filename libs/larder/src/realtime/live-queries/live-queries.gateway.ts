import { Inject, type OnModuleDestroy } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Namespace, Socket } from 'socket.io';
import { LarderQueryError } from '../../base/errors.js';
import { SOCKET } from '../../base/signals/work-signals.js';
import { Engine } from '../../cache/engine.js';
import { Flags } from '../../flags/flags.js';
import { type Acknowledgement, type Refusal, readSubscribe, readUnsubscribe } from './messages.js';
import { LIVE_SETTINGS, type LiveSettings } from './options.js';
import { FOREIGN_ORIGIN, FOREIGN_ORIGIN_MESSAGE, isAllowedOrigin } from './origins.js';
import { QueryRegistry } from './query-registry.js';
import { Rooms } from './rooms.js';
import { socketRequest } from './socket-request.js';
import { refusalOf, Subscription } from './subscription.js';

const OFF: Refusal = {
  code: 'off',
  message: 'Live queries are off on this server. Set LARDER_LIVE_QUERIES=on to switch them on.',
};

type Followed = Map<string, Subscription>;

/** Sockets of the namespace `live` follow cached queries. Invalidations of every node and of the change feed reach them. */
@WebSocketGateway({ namespace: 'live' })
export class LiveQueriesGateway implements OnGatewayDisconnect<Socket>, OnModuleDestroy {
  private readonly rooms: Rooms;
  readonly #followed = new WeakMap<Socket, Followed>();
  readonly #stopListening: () => void;

  constructor(
    private readonly queries: QueryRegistry,
    @Inject(Engine) engine: Engine,
    @Inject(LIVE_SETTINGS) private readonly settings: LiveSettings,
    private readonly flags: Flags,
  ) {
    const { clock, random, table, tracing } = engine.context;
    this.rooms = new Rooms({ clock, interval: settings.interval, random, tracing });
    this.#stopListening = table.listen((slots) => this.rooms.changed(slots));
  }

  /** Refuses pages of foreign origins with any adapter, Nest's own included. */
  afterInit(namespace: Namespace): void {
    namespace.use(({ handshake }, next) => {
      if (isAllowedOrigin(handshake.headers, this.settings.origins)) next();
      else next(Object.assign(new Error(FOREIGN_ORIGIN_MESSAGE), { data: { code: FOREIGN_ORIGIN } }));
    });
  }

  @SubscribeMessage('subscribe')
  async subscribe(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Promise<Acknowledgement> {
    // Not a `@FeatureGate`: a message that a guard refuses gets no acknowledgement, and its client would wait.
    if (this.#isOff) return this.#refuse(socket, OFF);
    const read = readSubscribe(body);
    if ('problem' in read) return this.#refuse(socket, invalid(read.problem));
    const { id, query: name, args, mode } = read.message;
    const followed = this.#followedBy(socket);
    if (followed.size >= this.settings.maxQueriesPerSocket && !followed.has(id)) {
      const message = `A socket follows at most ${this.settings.maxQueriesPerSocket} queries. Unsubscribe from one.`;
      return this.#refuse(socket, { code: 'too-many-subscriptions', message }, id);
    }
    let subscription: Subscription | undefined;
    try {
      const query = this.queries.named(name);
      const asking = () => socketRequest(socket, `/live/${name}`, query.places, args);
      followed.get(id)?.end();
      subscription = new Subscription(id, mode, socket, query, asking, (ended) => {
        // A later subscription may use the same id.
        if (followed.get(id) === ended) followed.delete(id);
      });
      followed.set(id, subscription);
      const first = await subscription.begin(this.rooms);
      if (!socket.connected) subscription.end();
      return { ok: true, ...first };
    } catch (error) {
      subscription?.end();
      const unknown = error instanceof LarderQueryError;
      return this.#refuse(socket, unknown ? { code: 'unknown-query', message: error.message } : refusalOf(error), id);
    }
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(@ConnectedSocket() socket: Socket, @MessageBody() body: unknown): Acknowledgement {
    if (this.#isOff) return this.#refuse(socket, OFF);
    const read = readUnsubscribe(body);
    if ('problem' in read) return this.#refuse(socket, invalid(read.problem));
    const followed = this.#followedBy(socket);
    followed.get(read.message.id)?.end();
    return { ok: true };
  }

  handleDisconnect(socket: Socket): void {
    for (const subscription of [...(this.#followed.get(socket)?.values() ?? [])]) subscription.end();
    this.#followed.delete(socket);
  }

  onModuleDestroy(): void {
    this.#stopListening();
    this.rooms.close();
  }

  get #isOff(): boolean {
    return !this.flags.isEnabled('LARDER_LIVE_QUERIES');
  }

  #followedBy(socket: Socket): Followed {
    const followed = this.#followed.get(socket) ?? new Map<string, Subscription>();
    this.#followed.set(socket, followed);
    return followed;
  }

  #refuse(socket: Socket, refusal: Refusal, id?: string): Acknowledgement {
    socket.emit('exception', { status: 'error', ...refusal, ...(id !== undefined && { id }) });
    if (SOCKET.isHeard) SOCKET.send({ type: 'refused', query: undefined, code: refusal.code });
    return { ok: false, ...refusal };
  }
}

function invalid(problem: string): Refusal {
  return { code: 'invalid-message', message: `Invalid message: ${problem}.` };
}
