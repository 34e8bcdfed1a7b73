import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  Headers,
  HostParam,
  Ip,
  type PipeTransform,
  Query as QueryParameter,
  Req,
  Res,
  Session,
  type Type,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import {
  Args,
  Context,
  Field,
  Info,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Ack, ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Cacheable, type CacheEvent, CacheInvalidate, LarderDecoratorError } from '../../../libs/larder/src/index.js';
import { json, NestApplications } from '../../support/nest-application.js';
import { current, SignedIn } from '../../support/transports/caller.js';
import { APOLLO, closeAll, TRANSPORTS } from '../../support/transports/transports.js';

const applications = new NestApplications();

afterEach(async () => {
  await applications.close();
  await closeAll();
});

function transport(name: string) {
  return TRANSPORTS.find((one) => one.name === name) as (typeof TRANSPORTS)[number];
}

describe('a parameter that callers write and the key omits', () => {
  const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext) => context.getType());
  const DECORATORS: readonly (readonly [name: string, decorator: ParameterDecorator])[] = [
    ['@Req()', Req()],
    ['@Headers()', Headers('host')],
    ['@Ip()', Ip()],
    ['@Session()', Session()],
    ['@HostParam()', HostParam('tenant')],
    ['@Body()', Body()],
    ['a parameter with a decorator of its own', CurrentUser()],
  ];

  function controllerWith(decorator: ParameterDecorator, key: (page: string, written: unknown) => readonly [string]) {
    @Controller()
    class Pages {
      @Get()
      @Cacheable({ key })
      async page(@QueryParameter('page') page: string, @decorator written: unknown) {
        return { page, written: String(written) };
      }
    }
    return Pages;
  }

  it.each(DECORATORS)('is reported at the start, and refused by strictScope: %s', async (name, decorator) => {
    const Pages = controllerWith(decorator, (_page: string) => ['pages']);
    const events: CacheEvent[] = [];
    await applications.start({ controllers: [Pages] }, { larder: { onEvent: (event) => events.push(event) } });
    expect(events).toContainEqual({ type: 'scope-undeclared', methods: ['Pages.page'] });
    const strict = applications.start({ controllers: [Pages] }, { larder: { strictScope: true } });
    await expect(strict).rejects.toThrow(
      `Pages.page takes ${name}, which its key does not, and does not declare scope`,
    );
  });

  it.each([
    ['declares as many parameters', (_page: string, _written: unknown) => ['pages'] as const],
    ['takes all that there are', (..._all: unknown[]) => ['pages'] as const],
  ])('is left to a key that %s', async (_what, key) => {
    const Pages = controllerWith(Headers('host'), key);
    await applications.start({ controllers: [Pages] }, { larder: { strictScope: true } });
  });

  it('is reported for messages and operations too', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('a')
      @Cacheable({ key: () => ['a'] })
      async socket(@ConnectedSocket() _socket: unknown) {
        return 1;
      }

      @SubscribeMessage('b')
      @Cacheable({ key: () => ['b'] })
      async body(@MessageBody() _body: unknown) {
        return 1;
      }

      @SubscribeMessage('c')
      @Cacheable({ key: () => ['c'] })
      async plain(_socket: unknown) {
        return 1;
      }
    }
    @Controller()
    class Messages {
      @MessagePattern('a')
      @Cacheable({ key: () => ['a'] })
      async payload(@Payload() _payload: unknown) {
        return 1;
      }

      @MessagePattern('b')
      @Cacheable({ key: () => ['b'] })
      async context(@Ctx() _context: unknown) {
        return 1;
      }
    }
    const events: CacheEvent[] = [];
    await applications.start(
      { controllers: [Messages], providers: [Gateway] },
      { larder: { onEvent: (event) => events.push(event) } },
    );
    const methods = ['Messages.payload', 'Messages.context', 'Gateway.socket', 'Gateway.body', 'Gateway.plain'];
    expect(events).toEqual([{ type: 'scope-undeclared', methods }]);
  });
});

describe('a handler that a hit could not answer', () => {
  async function refusal(controllers: Type<unknown>[], providers: Type<unknown>[] = []): Promise<unknown> {
    return applications.start({ controllers, providers }).catch((error: unknown) => error);
  }

  it('is refused with advice for its transport', async () => {
    @Controller()
    class Wrong {
      @Get()
      @Cacheable({ key: () => ['a'] })
      async passthrough(@Res({ passthrough: true }) _response: unknown) {
        return 1;
      }

      @EventPattern('happened')
      @Cacheable({ key: () => ['b'] })
      async event(_happened: unknown) {
        return 1;
      }
    }
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('a')
      @Cacheable({ key: () => ['c'] })
      async acknowledged(@Ack() _acknowledge: unknown) {
        return 1;
      }
    }
    @Resolver()
    class Numbers {
      @Subscription(() => String)
      @Cacheable({ key: () => ['d'] })
      async numbers() {
        return 1;
      }
    }
    const error = await refusal([Wrong], [Gateway, Numbers]);
    expect(error).toBeInstanceOf(LarderDecoratorError);
    expect(String(error)).toContain('Wrong.passthrough takes @Res({ passthrough: true }), and a hit would lack');
    expect(String(error)).toContain('Set headers with @Header()');
    expect(String(error)).toContain('Wrong.event handles events, and a hit would skip one');
    expect(String(error)).toContain('Gateway.acknowledged takes @Ack()');
    expect(String(error)).toContain('Numbers.numbers is a subscription');
  });

  it('is accepted if its parameter types only matter over HTTP', async () => {
    @Resolver()
    class Operations {
      @Query(() => String)
      @Cacheable({ key: () => ['operations'], scope: 'shared' })
      async operation(@Context() context: { req: unknown }, @Info() info: { fieldName: string }) {
        return `${info.fieldName} ${typeof context.req}`;
      }
    }
    const { call } = await APOLLO.start([Operations], {});
    expect(await call('operation', undefined)).toBe('operation object');
    expect(await call('operation', undefined)).toBe('operation object');
  });
});

describe('a field resolver', () => {
  @ObjectType()
  class Account {
    @Field()
    readonly id: string = '1';
  }

  it('is never cached without scope, because Nest runs no guards before it', async () => {
    @Resolver(() => Account)
    class Accounts {
      @Query(() => Account)
      async account() {
        return new Account();
      }

      @ResolveField(() => String)
      @Cacheable({ key: ({ id }: Account) => ['balances', id] })
      async balance(@Parent() { id }: Account) {
        return `${id} of ${current.user}`;
      }

      @ResolveField(() => String)
      @Cacheable({ key: () => ['owners'], scope: 'user' })
      async owner() {
        return current.user;
      }
    }
    const app = await APOLLO.start([Accounts], {
      identify: ({ headers }) => headers['x-token']?.toString(),
    });
    const ask = async (user: string) => {
      current.user = user;
      const headers = { 'content-type': 'application/json', 'x-token': user };
      const body = JSON.stringify({ query: '{ account { balance owner } }' });
      const { data } = (await json(`${app.url}/graphql`, { method: 'POST', headers, body })) as {
        data: { account: unknown };
      };
      return data.account;
    };
    for (const user of ['alice', 'bob', 'alice'])
      expect(await ask(user)).toEqual({ balance: `1 of ${user}`, owner: user });
    expect(app.cache.stats().entries).toBe(2);
  });
});

describe('the parameters of a handler', () => {
  it('are those that Nest passes, without the one that identifies the caller', async () => {
    const given: unknown[][] = [];
    const targets: unknown[][] = [];
    @Controller()
    class Messages {
      @MessagePattern('plain')
      @Cacheable({ key: (payload: { key: string }) => ['plain', payload.key], scope: 'shared' })
      async plain(...all: [payload: { key: string }]) {
        given.push(all);
        return all[0].key;
      }

      @MessagePattern('changed')
      @UseGuards(SignedIn)
      @CacheInvalidate({
        targets: (...all: unknown[]) => {
          targets.push(all);
          return [['plain']];
        },
      })
      @Cacheable({ key: (key: string) => ['changed', key], scope: 'user' })
      async changed(@Payload('key') key: string) {
        given.push([key]);
        return key;
      }
    }
    const { call, cache } = await transport('a microservice').start([Messages], {});
    expect(await call('plain', 'alice')).toBe('alice');
    expect(await call('changed', 'bob')).toBe('bob');
    expect(await call('changed', 'bob')).toBe('bob');
    expect(given).toEqual([[{ key: 'alice' }], ['bob']]);
    expect(targets.at(-1)).toEqual(['bob', 'bob']);
    expect((await cache.inspect(['plain', 'alice']))?.verdict).toBe('invalidated');
  });

  it('reach a resolver without decorators as Nest passes them', async () => {
    @Resolver()
    class Plain {
      @Mutation(() => String)
      @Cacheable({ key: () => ['plain'], scope: 'shared' })
      async change(_root: unknown, _args: unknown, context: { req?: unknown }) {
        return typeof context.req;
      }

      @Query(() => String)
      async other(@Args('x', { nullable: true }) x: string) {
        return x ?? 'none';
      }
    }
    const app = await APOLLO.start([Plain], {});
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: 'mutation { change }' });
    expect(await json(`${app.url}/graphql`, { method: 'POST', headers, body })).toEqual({ data: { change: 'object' } });
  });

  it('are not stored if a pipe has replaced the one that identifies the caller', async () => {
    const Replacing: PipeTransform = {
      transform: (value: unknown) => (typeof value === 'object' ? { ...value } : value),
    };
    @Controller()
    class Messages {
      @MessagePattern('mine')
      @UseGuards(SignedIn)
      @UsePipes(Replacing)
      @Cacheable({ key: () => ['mine'], scope: 'user' })
      async mine() {
        return current.user;
      }
    }
    const { call, cache } = await transport('a microservice').start([Messages], {});
    for (const user of ['alice', 'bob']) expect(await call('mine', user)).toBe(user);
    expect(cache.stats().entries).toBe(0);
  });
});
