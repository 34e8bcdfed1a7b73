import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';

const CONNECTIONS = 50;

/** A URL and request headers. */
export interface Target {
  readonly name: string;
  readonly server: ChildProcess;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
}

/** Responses per second, and per second of the server's processor time. */
export interface Rate {
  readonly bySecond: number;
  readonly byProcessorSecond: number;
}

/** Requests a target repeatedly for so many seconds. */
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
