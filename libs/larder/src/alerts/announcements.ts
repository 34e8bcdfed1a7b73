import type { NoticeClaims } from '../cache/fleet/notice-claims.js';
import type { Alert } from './alert.js';
import type { ActiveFault } from './alert-states.js';

/** A node among those that announce. */
export interface Announcer {
  /** Unique, without a space. */
  readonly id: string;
  /** For people: `host:pid`. */
  readonly label: string;
  /** Milliseconds after which a dead node holds no alert. */
  readonly life: number;
}

/**
 * Turns active faults into alerts that start and end once in a fleet. While the claims cannot be asked, each node announces for
 * itself what starts, and the end of it.
 */
export class Announcements {
  readonly #claims: NoticeClaims;
  readonly #announcer: Announcer;
  /** Faults of this node that the fleet knows. */
  #known: ReadonlySet<string> = new Set();
  /** Alerts that this node announced for itself. */
  readonly #own = new Map<string, Alert>();

  constructor(claims: NoticeClaims, announcer: Announcer) {
    this.#claims = claims;
    this.#announcer = announcer;
  }

  /** What to announce now. Never rejects. @param now milliseconds since the epoch */
  async exchange(active: ReadonlyMap<string, ActiveFault>, now: number): Promise<Alert[]> {
    const ended = this.#endOwn(active, now);
    const { id, life } = this.#announcer;
    const held = new Map<string, string>();
    for (const [fault, found] of active) {
      if (!this.#own.has(fault)) held.set(fault, JSON.stringify(this.#started(found)));
    }
    try {
      const { opened, closed } = await this.#claims.exchange(id, held, life);
      this.#known = new Set(held.keys());
      const started = opened.flatMap((fault) => this.#startedOf(active, fault));
      return [...started, ...ended, ...closed.flatMap((text) => endedOf(text, now))];
    } catch {
      const started: Alert[] = [];
      for (const fault of held.keys()) {
        if (this.#known.has(fault)) continue;
        const [alert] = this.#startedOf(active, fault);
        if (alert === undefined) continue;
        this.#own.set(fault, alert);
        started.push(alert);
      }
      return [...started, ...ended];
    }
  }

  #endOwn(active: ReadonlyMap<string, ActiveFault>, now: number): Alert[] {
    const over = [...this.#own].filter(([fault]) => !active.has(fault));
    for (const [fault] of over) this.#own.delete(fault);
    return over.map(([, alert]) => ({ ...alert, state: 'ended', endedAt: new Date(now) }));
  }

  #startedOf(active: ReadonlyMap<string, ActiveFault>, fault: string): Alert[] {
    const found = active.get(fault);
    return found === undefined ? [] : [this.#started(found)];
  }

  #started({ name, subject, message, action, since }: ActiveFault): Alert {
    const alert = { name, subject, state: 'started', message, action } as const;
    return { ...alert, startedAt: new Date(since), endedAt: undefined, node: this.#announcer.label };
  }
}

/** The end of an alert that some node of the fleet started; nothing for a text that is none. */
function endedOf(text: string, now: number): Alert[] {
  try {
    const { name, subject, message, action, startedAt, node } = JSON.parse(text) as Alert;
    if (typeof name !== 'string' || typeof message !== 'string') return [];
    const alert = { name, subject, state: 'ended', message, action, node } as const;
    return [{ ...alert, startedAt: new Date(startedAt), endedAt: new Date(now) }];
  } catch {
    return [];
  }
}
