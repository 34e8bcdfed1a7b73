import { messageOf } from '../../base/errors.js';
import type { EventListener } from '../state/events.js';
import type { Statistics } from '../stats/statistics.js';

/** Keeps in the statistics why results of methods were not cached, and passes the events on. */
export function notingUncached(statistics: Statistics, report: EventListener): EventListener {
  return (event) => {
    if (event.type === 'scope-undeclared') {
      for (const method of event.methods)
        statistics.notCached(method, 'it may depend on the caller, and declares no scope');
    } else if (event.type === 'uncacheable' && event.method !== undefined) {
      statistics.notCached(event.method, messageOf(event.error));
    } else if (event.type === 'identify-failed') {
      statistics.notCached(event.method, `identify failed: ${messageOf(event.error)}`);
    } else if (event.type === 'vary-failed') {
      statistics.notCached(event.method, `http.vary failed: ${messageOf(event.error)}`);
    }
    report(event);
  };
}
