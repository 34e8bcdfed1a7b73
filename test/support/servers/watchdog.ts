import { type ChildProcess, spawn } from 'node:child_process';

// Its input ends when the process at the other end is gone, for any reason.
const WATCH = 'read -r _; kill -9 "$1"; rm -rf "$2"';

/** Kills a process and removes its directory when this process ends, even if this process is killed. */
export class Watchdog {
  private constructor(private readonly child: ChildProcess) {}

  static over(pid: number, directory: string): Watchdog {
    const child = spawn('sh', ['-c', WATCH, 'watchdog', `${pid}`, directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // In a session of its own, Ctrl+C does not end it before its work is done.
      detached: true,
    });
    child.unref();
    // The type of a stream hides that this one is a socket.
    (child.stdin as unknown as { unref(): void }).unref();
    return new Watchdog(child);
  }

  /** Call it once the process has ended: another process may get its pid. */
  callOff(): void {
    this.child.kill('SIGKILL');
  }
}
