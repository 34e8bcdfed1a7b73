import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { forkProgram } from '../program.js';
import { until } from '../until.js';
import type { SocketNews, SocketOrder, Tally } from './socket-node-messages.js';

/** A child process that serves sockets, and has clients of its own. It ends with this process. */
class SocketNode {
  output = '';
  private orders = 0;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (text) => (this.output += text));
    child.stderr?.on('data', (text) => (this.output += text));
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Resolves when the order has been carried out. Rejects if the process ends first. */
  async order(order: SocketOrder): Promise<SocketNews> {
    if (this.hasEnded) throw new Error(`A node has ended: ${this.output}`);
    const number = this.orders++;
    const answered = new Promise<SocketNews>((resolve, reject) => {
      const end = () => {
        this.child.off('message', hear);
        this.child.off('exit', fail);
      };
      const hear = (news: SocketNews) => {
        if (news.order !== number) return;
        end();
        resolve(news);
      };
      const fail = () => {
        end();
        reject(new Error(`A node has ended: ${this.output}`));
      };
      this.child.on('message', hear);
      this.child.on('exit', fail);
    });
    this.child.send({ order, number });
    return answered;
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** How many announcements arrived twice, or did not reach clients of the announcing node, or of the other. */
export interface Figures {
  readonly doubled: number;
  readonly lostAtHome: number;
  readonly lostAbroad: number;
}

/**
 * Two processes that serve sockets, connected by a Redis. Announcements are numbered from 0; the first node makes those with
 * even numbers.
 */
export class SocketNodes {
  private readonly nodes: readonly [SocketNode, SocketNode];
  private next = 0;

  private constructor() {
    this.nodes = [start(), start()];
  }

  static start(): SocketNodes {
    return new SocketNodes();
  }

  /** Starts both, on a Redis that may be down, and connects clients to each. */
  async open(options: Omit<SocketOrder & { type: 'open' }, 'type'>): Promise<void> {
    this.next = 0;
    await this.both({ type: 'open', ...options });
  }

  async close(): Promise<void> {
    await this.both({ type: 'close' });
  }

  /** Announces something on each of them. @returns the number of the next announcement */
  async announce(): Promise<number> {
    const [even, odd] = [this.next, this.next + 1];
    this.next += 2;
    await Promise.all([
      this.nodes[0].order({ type: 'announce', number: even }),
      this.nodes[1].order({ type: 'announce', number: odd }),
    ]);
    return this.next;
  }

  /** Announces until each node's announcements reach the clients of the other. @returns the number of the next announcement */
  async untilTheyHearEachOther(): Promise<number> {
    await until(async () => {
      const [even, odd] = [this.next, this.next + 1];
      await this.announce();
      // A message may still be in flight: then the next announcement arrives as well, or the one after that.
      return until(() => this.areHeard(even, odd), 250).then(
        () => true,
        () => false,
      );
    });
    return this.next;
  }

  /** Waits until a range of announcements has reached every client of both. */
  async untilHeard(from: number, to: number): Promise<void> {
    await until(() => this.areHeard(from, to - 1), 60_000);
  }

  /** Waits until a range of announcements has reached every client of the announcing node. */
  async untilHeardAtHome(from: number, to: number): Promise<void> {
    await until(async () => {
      const tallies = await this.tallies();
      return numbers(from, to).every((number) => (tallies[(number % 2) as 0 | 1].least[number] ?? 0) > 0);
    });
  }

  async figures(from: number, to: number): Promise<Figures> {
    const tallies = await this.tallies();
    const count = (isCounted: (tally: Tally, number: number, isHome: boolean) => boolean) =>
      numbers(from, to)
        .flatMap((number) => tallies.map((tally, node) => isCounted(tally, number, number % 2 === node)))
        .filter(Boolean).length;
    const isLost = ({ least }: Tally, number: number) => (least[number] ?? 0) === 0;
    return {
      doubled: count(({ most }, number) => (most[number] ?? 0) > 1),
      lostAtHome: count((tally, number, isHome) => isHome && isLost(tally, number)),
      lostAbroad: count((tally, number, isHome) => !isHome && isLost(tally, number)),
    };
  }

  get areRunning(): boolean {
    return this.nodes.every(({ hasEnded }) => !hasEnded);
  }

  get output(): string {
    return this.nodes.map(({ output }) => output).join('');
  }

  async kill(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }

  private async areHeard(from: number, to: number): Promise<boolean> {
    const tallies = await this.tallies();
    return tallies.every(({ least }) => numbers(from, to + 1).every((number) => (least[number] ?? 0) > 0));
  }

  private async tallies(): Promise<readonly [Tally, Tally]> {
    const [one, other] = await this.both({ type: 'tally' });
    return [one.tally as Tally, other.tally as Tally];
  }

  private both(order: SocketOrder): Promise<[SocketNews, SocketNews]> {
    return Promise.all([this.nodes[0].order(order), this.nodes[1].order(order)]);
  }
}

function start(): SocketNode {
  return new SocketNode(forkProgram('realtime/socket-node', [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
