import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { ClientAddresses } from '../http/requests/client-addresses.js';
import { ConnectionsPerAddress } from './connections-per-address.js';

class FakeConnection extends EventEmitter {
  readonly request;
  isOpen = true;

  constructor(remoteAddress: string) {
    super();
    this.request = { headers: {}, socket: { remoteAddress } } as never;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.emit('close');
  }
}

describe('the connections of an address', () => {
  const open = async (limits: ConnectionsPerAddress, address: string, count: number) => {
    const connections = Array.from({ length: count }, () => new FakeConnection(address));
    for (const connection of connections) await limits.admit(connection);
    return connections;
  };
  const left = (connections: readonly FakeConnection[]) => connections.filter(({ isOpen }) => isOpen).length;

  it('are at most 500 at once, counted per address', async () => {
    const limits = new ConnectionsPerAddress(new ClientAddresses(0));
    const first = await open(limits, '198.51.100.7', 510);
    expect(left(first)).toBe(500);
    expect(left(await open(limits, '198.51.100.8', 1))).toBe(1);
    for (const connection of first.slice(0, 5)) connection.close();
    expect(left(await open(limits, '198.51.100.7', 6))).toBe(5);
  });

  it('are at most 1000 in a minute', async () => {
    const limits = new ConnectionsPerAddress(new ClientAddresses(0));
    for (let round = 0; round < 4; round++) {
      for (const connection of await open(limits, '198.51.100.7', 250)) connection.close();
    }
    expect(left(await open(limits, '198.51.100.7', 1))).toBe(0);
  });
});
