import { Counter } from '../background/counters/counter.js';
import { Deadline } from '../background/deadlines/deadline.js';
import type { FleetPart } from '../background/fleet.js';
import type { ChangeFeed, ChangeFeedStatus } from '../change-feed/change-feed.js';
import type { Jobs } from '../jobs/jobs.js';
import { listen } from '../observability/channels.js';
import type { Instruments } from './instruments.js';

const FEED_STATES: readonly ChangeFeedStatus['state'][] = [
  'off',
  'starting',
  'reading',
  'standing-by',
  'waiting',
  'closed',
];

export function meterFeed(feed: ChangeFeed, instruments: Instruments): (() => void)[] {
  return [
    instruments.observe(['feedLag', 'feedStatus', 'feedGaps'], (observe) => {
      const { state, lag, gaps } = feed.status();
      for (const each of FEED_STATES) observe('feedStatus', each === state ? 1 : 0, { 'larder.state': each });
      observe('feedGaps', gaps.length, {});
      if (lag !== undefined) observe('feedLag', lag / 1000, {});
    }),
    listen('nest-larder:feed', (message) => {
      if (message.type === 'feed-delivered') instruments.add('feedChanges', message.changes, {});
    }),
  ];
}

/** @param now the time in milliseconds since the epoch */
export function meterJobs(jobs: Jobs, instruments: Instruments, now: () => number): (() => void)[] {
  return [
    instruments.observe(['jobFailures', 'jobOverdue', 'jobPaused'], async (observe) => {
      for (const { name, consecutiveFailures, overdueSince, paused } of await jobs.list()) {
        const labels = { 'larder.job.name': name };
        observe('jobFailures', consecutiveFailures, labels);
        observe('jobOverdue', overdueSince === undefined ? 0 : (now() - overdueSince.getTime()) / 1000, labels);
        observe('jobPaused', paused === undefined ? 0 : 1, labels);
      }
    }),
    listen('nest-larder:job', (event) => {
      if (event.type === 'skipped') {
        const labels = { 'larder.job.name': event.name, 'larder.reason': event.reason };
        instruments.add('jobSkipped', event.count, labels);
      }
      if (event.type !== 'ended') return;
      const { result, duration } = event.run;
      const labels = { 'larder.job.name': event.name, 'larder.result': result };
      instruments.add('jobRuns', 1, labels);
      if (duration !== undefined) instruments.record('jobDuration', duration, labels);
    }),
  ];
}

export function meterParts(parts: () => readonly FleetPart[], instruments: Instruments): (() => void)[] {
  return [
    instruments.observe(['counterWaiting', 'counterFailures'], (observe) => {
      for (const part of parts()) {
        if (!(part instanceof Counter)) continue;
        const { name, waiting, failures } = part.status();
        observe('counterWaiting', waiting, { 'larder.counter.name': name });
        observe('counterFailures', failures, { 'larder.counter.name': name });
      }
    }),
    instruments.observe(['deadlineOverdue', 'deadlineFailures'], async (observe) => {
      const deadlines = parts().filter((part) => part instanceof Deadline);
      for (const { name, overdue, failures } of await Promise.all(deadlines.map((deadline) => deadline.status()))) {
        observe('deadlineOverdue', overdue / 1000, { 'larder.deadline.name': name });
        observe('deadlineFailures', failures, { 'larder.deadline.name': name });
      }
    }),
    listen('nest-larder:counter', (message) => {
      if (message.type === 'written')
        instruments.add('counterWritten', message.keys, { 'larder.counter.name': message.name });
    }),
    listen('nest-larder:deadline', (message) => {
      if (message.type === 'expired')
        instruments.add('deadlineExpired', message.ids, { 'larder.deadline.name': message.name });
    }),
  ];
}

export function meterSockets(instruments: Instruments): (() => void)[] {
  return [
    listen('nest-larder:socket', (message) => {
      switch (message.type) {
        case 'connected':
        case 'disconnected':
          instruments.add('sockets', message.type === 'connected' ? 1 : -1, {});
          break;
        case 'subscribed':
        case 'unsubscribed':
          instruments.add('subscriptions', message.type === 'subscribed' ? 1 : -1, { 'larder.query': message.query });
          break;
        case 'told':
          instruments.add('socketEvents', 1, { 'larder.query': message.query });
          break;
        case 'refused':
          instruments.add('socketRefusals', 1, { 'larder.code': message.code });
      }
    }),
  ];
}
