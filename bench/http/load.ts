import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';

const CONNECTIONS = 50;

/** Where requests go, and what is sent with them. */
export interface Target {
  readonly name: string;
  readonly server: ChildProcess;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
}

/** How many requests a target answers: in a second, and in a second of its processor time. */
export interface Rate {
  readonly bySecond: number;
  readonly byProcessorSecond: number;
}

/** Asks a target over and over, for so many seconds. */
export async function rateOf({ name, server, url, headers, status }: Target, seconds: number): Promise<Rate> {
  const before = await processorTimeOf(server);
  const result = await autocannon({ url, headers, connections: CONNECTIONS, duration: seconds });
  const used = (await processorTimeOf(server)) - before;
  const { errors, timeouts, requests, duration, statusCodeStats } = result;
  const others = Object.keys(statusCodeStats ?? {}).filter((code) => code !== String(status));
  if (errors + timeouts > 0 || others.length > 0) throw new Error(`${name} failed: ${JSON.stringify(statusCodeStats)}`);
  return { bySecond: requests.total / duration, byProcessorSecond: requests.total / (used / 1e6) };
}

async function processorTimeOf(server: ChildProcess): Promise<number> {
  server.send('time');
  const [microseconds] = (await once(server, 'message')) as [number];
  return microseconds;
}
