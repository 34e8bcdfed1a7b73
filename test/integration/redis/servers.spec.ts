import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisCluster } from '../../support/servers/redis-cluster.js';
import { RedisSentinel } from '../../support/servers/redis-sentinel.js';
import { RedisServer } from '../../support/servers/redis-server.js';
import { sendOnce } from '../../support/servers/side-door.js';
import { TcpProxy } from '../../support/servers/tcp-proxy.js';
import { until } from '../../support/until.js';

describe('RedisServer', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it('answers at its address', async () => {
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
    expect(await server.command('PING')).toBe('PONG');
    expect(await sendOnce(server.port, ['CONFIG', 'GET', 'save'])).toEqual(['save', '']);
  });

  it('throws the reason for a refused command', async () => {
    await expect(server.command('NOSUCH')).rejects.toThrow('unknown command');
  });

  it('answers nothing while it is paused', async () => {
    server.pause();
    let answered = false;
    const reply = server.command('PING').finally(() => (answered = true));
    // The system accepts its connection, and a reply would come within a millisecond.
    await canConnect(server.port);
    await sleep(100);
    expect(answered).toBe(false);
    server.resume();
    expect(await reply).toBe('PONG');
  });

  it('loses its data on a restart, but keeps its port', async () => {
    const { port, pid } = server;
    await server.command('SET', 'key', 'value');
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await server.command('GET', 'key')).toBeNull();
  });

  it('refuses connections once killed, until it is restarted', async () => {
    await server.kill();
    expect(server.hasEnded).toBe(true);
    await expect(server.command('PING')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await server.command('PING')).toBe('PONG');
  });

  it('accepts settings', async () => {
    const given = await RedisServer.start({ args: ['--maxmemory', '5mb'] });
    expect(await given.command('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '5242880']);
    await given.stop();
  });

  it('reports why it does not start', async () => {
    await expect(RedisServer.start({ args: ['--nosuch', '1'] })).rejects.toThrow('Bad directive');
    await expect(RedisServer.start({ port: server.port })).rejects.toThrow('Address already in use');
  });

  it.each(['running', 'paused', 'killed'])('stops when it is %s, and leaves no files', async (state) => {
    const other = await RedisServer.start();
    const [, directory] = (await other.command('CONFIG', 'GET', 'dir')) as [string, string];
    expect(existsSync(directory)).toBe(true);
    if (state === 'paused') other.pause();
    if (state === 'killed') await other.kill();
    await other.stop();
    expect(existsSync(directory)).toBe(false);
    expect(isAlive(other.pid)).toBe(false);
  });
});

describe('TcpProxy', () => {
  let server: RedisServer;
  let proxy: TcpProxy;

  beforeAll(async () => {
    server = await RedisServer.start();
    proxy = await TcpProxy.to(server.port);
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  it('forwards data', async () => {
    expect(proxy.url).toBe(`redis://127.0.0.1:${proxy.port}`);
    expect(await sendOnce(proxy.port, ['ECHO', 'here'])).toBe('here');
  });

  it('delays data, in order, both ways', async () => {
    proxy.delay(100);
    const talk = await Talk.with(proxy.port);
    const start = performance.now();
    talk.say('ECHO 1');
    talk.say('ECHO 2');
    await until(() => talk.heard.length > 0);
    // A timer may be early by a millisecond.
    expect(performance.now() - start).toBeGreaterThan(195);
    await until(() => talk.heard === '$1\r\n1\r\n$1\r\n2\r\n');
    talk.end();
    await proxy.heal();
  });

  it('cuts: closes connections, and refuses new ones', async () => {
    const talk = await Talk.with(proxy.port);
    proxy.cut();
    await until(() => talk.hasEnded);
    await expect(sendOnce(proxy.port, ['PING'])).rejects.toThrow('ECONNREFUSED');
    await proxy.heal();
    expect(await sendOnce(proxy.port, ['PING'])).toBe('PONG');
  });

  it('is half-open: keeps and accepts connections, and forwards nothing until it is healed', async () => {
    const before = await Talk.with(proxy.port);
    before.say('ECHO 1');
    await until(() => before.heard === '$1\r\n1\r\n');
    proxy.halfOpen();
    const after = await Talk.with(proxy.port);
    before.say('SET said before');
    after.say('ECHO 2');
    await sleep(100);
    expect(await server.command('GET', 'said')).toBeNull();
    expect(after.heard).toBe('');
    expect([before.hasEnded, after.hasEnded]).toEqual([false, false]);
    await proxy.heal();
    await until(() => after.heard === '$1\r\n2\r\n');
    await until(async () => (await server.command('GET', 'said')) === 'before');
    before.end();
    after.end();
  });

  it('does not reveal while it is half-open that the server has closed', async () => {
    const talk = await Talk.with(proxy.port);
    proxy.halfOpen();
    await server.kill();
    await sleep(100);
    expect(talk.hasEnded).toBe(false);
    await proxy.heal();
    await until(() => talk.hasEnded);
    await server.restart();
  });

  it('closes held-back connections when it is cut', async () => {
    const talk = await Talk.with(proxy.port);
    proxy.halfOpen();
    talk.say('SET held 1');
    talk.end();
    await until(() => talk.hasEnded);
    proxy.cut();
    await proxy.heal();
    await until(async () => !/age=[1-9]/.test(String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal'))));
    expect(await server.command('GET', 'held')).toBeNull();
  });
});

describe('RedisSentinel', () => {
  let sentinel: RedisSentinel;

  beforeAll(async () => {
    sentinel = await RedisSentinel.start();
  });
  afterAll(() => sentinel.stop());

  it('has a master and a replica of it', async () => {
    expect(sentinel.sentinels).toHaveLength(3);
    expect(await sentinel.currentMaster()).toBe(sentinel.master);
    await expect(sentinel.replica.command('SET', 'key', 'value')).rejects.toThrow('READONLY');
  });

  it('promotes the replica, which has all earlier writes', async () => {
    await sentinel.master.command('SET', 'key', 'value');
    await sentinel.failOver();
    expect(await sentinel.currentMaster()).toBe(sentinel.replica);
    expect(await sentinel.replica.command('GET', 'key')).toBe('value');
    expect(await sentinel.replica.command('SET', 'key', 'other')).toBe('OK');
    await expect(sentinel.master.command('PING')).rejects.toThrow('ECONNREFUSED');
  });

  it('fails over again, back to the first master', async () => {
    await sentinel.failOver();
    expect(await sentinel.currentMaster()).toBe(sentinel.master);
    expect(await sentinel.master.command('GET', 'key')).toBe('other');
  });
});

describe('RedisCluster', () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterAll(() => cluster.stop());

  it('has a master for every key, and others that redirect to it', async () => {
    expect(cluster.nodes).toHaveLength(6);
    const [one, other] = await Promise.all([cluster.masterOf('{a}'), cluster.masterOf('{b}')]);
    expect(one).not.toBe(other);
    expect(await one.command('SET', '{a}', 'value')).toBe('OK');
    await expect(other.command('GET', '{a}')).rejects.toThrow(`MOVED 15495 127.0.0.1:${one.port}`);
  });

  it('promotes the replica of a master, which has all earlier writes', async () => {
    const old = await cluster.masterOf('{a}');
    const other = await cluster.masterOf('{b}');
    await cluster.failOver('{a}');
    const master = await cluster.masterOf('{a}');
    expect(master).not.toBe(old);
    expect(old.hasEnded).toBe(true);
    expect(await master.command('GET', '{a}')).toBe('value');
    expect(await master.command('SET', '{a}', 'other')).toBe('OK');
    expect(await cluster.masterOf('{b}')).toBe(other);
  });

  it('fails over again, back to the first master', async () => {
    await cluster.failOver('{a}');
    expect(await (await cluster.masterOf('{a}')).command('GET', '{a}')).toBe('other');
  });
});

/** A raw connection: a test writes any bytes and reads the replies. */
class Talk {
  heard = '';
  hasEnded = false;

  private constructor(private readonly socket: ReturnType<typeof createConnection>) {
    socket.on('data', (text) => (this.heard += text));
    socket.on('close', () => (this.hasEnded = true));
    socket.on('error', () => {});
  }

  static async with(port: number): Promise<Talk> {
    const talk = new Talk(createConnection({ host: '127.0.0.1', port, noDelay: true }));
    await until(() => talk.socket.readyState === 'open');
    return talk;
  }

  say(command: string): void {
    this.socket.write(`${command}\r\n`);
  }

  end(): void {
    this.socket.destroy();
  }
}

async function canConnect(port: number): Promise<void> {
  (await Talk.with(port)).end();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
