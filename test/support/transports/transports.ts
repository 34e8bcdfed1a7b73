import { ApolloDriver } from '@nestjs/apollo';
import {
  Body,
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  Post,
  type Provider,
  type Type,
} from '@nestjs/common';
import { Args, GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import { ClientProxyFactory, MessagePattern, Payload, Transport as RpcTransport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import type { LarderOptions } from '../../../libs/larder/src/index.js';
import { NestApplications, type Running } from '../nest-application.js';
import { freePort } from '../servers/free-port.js';
import type { Expose } from './handlers.js';

/** Calls a handler with the token of a user; without a name, with no token. */
type Call = (name: string, as: string | undefined, ids?: readonly string[]) => Promise<unknown>;

export interface Started extends Running {
  readonly call: Call;
}

/** One way in which calls reach an application. */
export interface Transport {
  readonly name: string;
  readonly expose: Expose;
  start(handlers: Type<unknown>[], larder: LarderOptions, providers?: Provider[]): Promise<Started>;
}

const applications = new NestApplications();
const closing: (() => unknown)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0)) await close();
  await applications.close();
}

const HTTP: Transport = {
  name: 'HTTP',
  expose: { handler: Controller(), one: (name) => Get(name), list: (name) => Post(name), ids: Body('ids') },
  async start(handlers, larder, providers = []) {
    const running = await applications.start({ controllers: handlers, providers }, { larder });
    const call: Call = async (name, as, ids) => {
      const headers = { 'content-type': 'application/json', ...(as !== undefined && { 'x-token': as }) };
      const init = ids === undefined ? {} : { method: 'POST', body: JSON.stringify({ ids }) };
      const answer = await fetch(`${running.url}/${name}`, { headers, ...init });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return ids === undefined ? answer.text() : answer.json();
    };
    return { ...running, call };
  },
};

interface Result {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: unknown;
}

function graphql(name: string, module: () => DynamicModule, adapter?: () => FastifyAdapter): Transport {
  return {
    name,
    expose: {
      handler: Resolver() as ClassDecorator,
      one: (field) => Query(() => String, { name: field }),
      list: (field) => Query(() => [String], { name: field }),
      ids: Args('ids', { type: () => [String] }),
    },
    async start(handlers, larder, providers = []) {
      const metadata = { imports: [module()], providers: [...handlers, ...providers] };
      const running = await applications.start(metadata, { larder, ...(adapter && { adapter: adapter() }) });
      const call: Call = async (field, as, ids) => {
        const headers = { 'content-type': 'application/json', ...(as !== undefined && { 'x-token': as }) };
        const query = ids === undefined ? `{ ${field} }` : `{ ${field}(ids: ${JSON.stringify(ids)}) }`;
        const init = { method: 'POST', headers, body: JSON.stringify({ query }) };
        const { data, errors } = (await (await fetch(`${running.url}/graphql`, init)).json()) as Result;
        if (errors !== undefined) throw new Error(JSON.stringify(errors));
        return data?.[field];
      };
      return { ...running, call };
    },
  };
}

export const APOLLO = graphql('GraphQL with Apollo', () =>
  GraphQLModule.forRoot({ driver: ApolloDriver, autoSchemaFile: true }),
);

const MERCURIUS = graphql(
  'GraphQL with Mercurius',
  () => GraphQLModule.forRoot({ driver: MercuriusDriver, autoSchemaFile: true }),
  () => new FastifyAdapter(),
);

const MICROSERVICE: Transport = {
  name: 'a microservice',
  expose: {
    handler: Controller(),
    one: (name) => MessagePattern(name),
    list: (name) => MessagePattern(name),
    ids: Payload('ids'),
  },
  async start(handlers, larder, providers = []) {
    const options = { host: '127.0.0.1', port: await freePort() };
    const running = await applications.start(
      { controllers: handlers, providers },
      {
        larder,
        prepare: async (app: INestApplication) => {
          app.connectMicroservice({ transport: RpcTransport.TCP, options }, { inheritAppConfig: true });
          await app.startAllMicroservices();
        },
      },
    );
    const client = ClientProxyFactory.create({ transport: RpcTransport.TCP, options });
    closing.push(() => client.close());
    const call: Call = (name, as, ids) =>
      firstValueFrom(client.send(name, { ...(as !== undefined && { key: as }), ...(ids && { ids }) }));
    return { ...running, call };
  },
};

const GATEWAY: Transport = {
  name: 'a gateway',
  expose: {
    handler: WebSocketGateway(),
    one: (name) => SubscribeMessage(name),
    list: (name) => SubscribeMessage(name),
    ids: MessageBody('ids'),
  },
  async start(handlers, larder, providers = []) {
    const running = await applications.start(
      { providers: [...handlers, ...providers] },
      { larder, prepare: (app) => app.useWebSocketAdapter(new IoAdapter(app)) },
    );
    const call: Call = async (name, as, ids) => {
      const auth = as === undefined ? {} : { key: as };
      const socket = io(running.url, { auth, transports: ['websocket'], forceNew: true });
      closing.push(() => socket.close());
      const refused = new Promise((_, reject) => socket.on('exception', (error) => reject(error)));
      const answer = await Promise.race([socket.emitWithAck(name, { ids }), refused]);
      socket.close();
      return answer;
    };
    return { ...running, call };
  },
};

export const TRANSPORTS: readonly Transport[] = [HTTP, APOLLO, MERCURIUS, MICROSERVICE, GATEWAY];
