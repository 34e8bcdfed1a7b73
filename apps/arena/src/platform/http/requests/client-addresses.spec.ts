import { describe, expect, it } from '@jest/globals';
import { ClientAddresses } from './client-addresses.js';

describe('the address of a client', () => {
  it.each([
    [0, '198.51.100.7', undefined, '198.51.100.7'],
    [0, '198.51.100.7', '203.0.113.9', '198.51.100.7'],
    [1, '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    [1, '10.0.0.1', 'made-up, 203.0.113.9', '203.0.113.9'],
    [2, '10.0.0.1', 'made-up, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    [1, '10.0.0.1', undefined, '10.0.0.1'],
    [0, '::ffff:198.51.100.7', undefined, '198.51.100.7'],
    [0, '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    [0, '2001:db8:1:2::9', undefined, '2001:db8:1:2::/64'],
    [0, '2001:db8::9', undefined, '2001:db8:0:0::/64'],
    [0, '::1', undefined, '0:0:0:0::/64'],
    [0, undefined, undefined, 'unknown'],
  ])('behind %i proxies, from %s forwarded for %s, is %s', (proxies, remoteAddress, forwarded, expected) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(new ClientAddresses(proxies).of({ headers, socket: { remoteAddress } } as never)).toBe(expected);
  });
});
