import type { Demand } from './demand.js';
import { Forecast } from './forecast.js';

/** A key that is wanted soon, and is not in memory. */
export interface Candidate {
  readonly id: string;
  readonly method: string;
  /** The parameters of its call, as JSON. */
  readonly given: string;
  readonly isCritical: boolean;
  /** How often it is expected to be asked for soon. */
  readonly soon: number;
}

/** What decides whether a key is a candidate. */
export interface Choice {
  /** Whether the memory is empty because the process has just begun. */
  readonly isStart: boolean;
  /** Milliseconds that count as soon. */
  readonly lead: number;
  /** Milliseconds that a value must be servable to be worth a load. */
  readonly minLife: number;
  readonly isPresent: (id: string) => boolean;
  /** Whether values of a method may be loaded now. */
  readonly mayLoad: (method: string) => boolean;
  readonly isCritical: (method: string, id: string) => boolean;
}

const MINUTE = 60_000;
/** How often a value must be asked for in its life to be worth its load after a start, and before a peak. */
const START_ASKS = 0.7;
const SURGE_ASKS = 0.8;
/**
 * The same at other times. A value that is loaded when its predecessor expires, and not when it is asked for, waits for its first use,
 * and has to be loaded again that much earlier: a twelfth of its life for this many asks.
 */
const STEADY_ASKS = 12;
/** Earlier than its demand begins, a value only ages: soon there must be this part of the demand of its life. */
const SOON_SHARE = 0.5;

/** The keys to load now: critical ones first, then those that are wanted most. */
export function candidates(demand: Demand, now: number, choice: Choice): Candidate[] {
  const { isCritical, isPresent, isStart, lead, mayLoad, minLife } = choice;
  const found: Candidate[] = [];
  for (const [method, group] of demand.groups) {
    if (group.life < minLife || !mayLoad(method)) continue;
    const forecast = new Forecast(demand, group, now, lead);
    const minutes = forecast.life / MINUTE;
    const minAsks = isStart ? START_ASKS : forecast.isSurge ? SURGE_ASKS : STEADY_ASKS;
    for (const [id, key] of group.keys) {
      const { life, soon } = forecast.of(key);
      if (life < minAsks || soon < (SOON_SHARE * life) / minutes || isPresent(id)) continue;
      found.push({ id, method, given: key.given, soon, isCritical: isCritical(method, id) });
    }
  }
  return found.sort((one, other) => Number(other.isCritical) - Number(one.isCritical) || other.soon - one.soon);
}
