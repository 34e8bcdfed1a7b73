import { Logger } from '@nestjs/common';
import type { Clock } from '../base/clock.js';
import { quietly } from '../base/listeners.js';
import type { NodeName } from '../cache/fleet/node-report.js';
import type { NoticeClaims } from '../cache/fleet/notice-claims.js';
import type { Alert, AlertListener } from './alert.js';
import { AlertStates } from './alert-states.js';
import { Announcements } from './announcements.js';
import { newConditions } from './conditions.js';
import { figuresOf, type Watched } from './figures.js';
import { Past } from './past.js';
import { Webhook } from './webhook.js';

export interface AlertOptions {
  /** Milliseconds between two checks. */
  readonly alerts: number;
  readonly onAlert: AlertListener;
  readonly alertWebhook: string | undefined;
  readonly alertSecret: string | undefined;
  readonly clock: Clock;
}

/** A dead node holds its alerts for this many checks. */
const LIFE_FACTOR = 4;

/** Checks the conditions of alerts, and announces what starts and ends: in the log, to the hook and to the webhook. */
export class AlertWatch {
  readonly #logger = new Logger('Larder');
  readonly #watched: Watched;
  readonly #options: AlertOptions;
  readonly #past = new Past();
  readonly #states = new AlertStates(newConditions());
  readonly #announcements: Announcements;
  readonly #listener: AlertListener;
  readonly #webhook: Webhook | undefined;
  #cancel = () => {};
  #isStopped = false;

  constructor(watched: Watched, claims: NoticeClaims, { id, host, pid }: NodeName, options: AlertOptions) {
    this.#watched = watched;
    this.#options = options;
    const { alerts, onAlert, alertWebhook: url, alertSecret: secret, clock } = options;
    this.#announcements = new Announcements(claims, { id, label: `${host}:${pid}`, life: LIFE_FACTOR * alerts });
    this.#listener = quietly(onAlert, 'The listener onAlert');
    const onFailure = (problem: string) => this.#logger.warn(`An alert was not sent to the webhook: ${problem}.`);
    if (url !== undefined && secret !== undefined) this.#webhook = new Webhook({ url, secret, clock, onFailure });
  }

  start(): void {
    const { alerts, clock } = this.#options;
    this.#cancel = clock.after(alerts, () => void this.#check());
  }

  /** What it holds ends for the fleet after four checks, unless another node holds it too. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#webhook?.close();
  }

  async #check(): Promise<void> {
    const { clock } = this.#options;
    const figures = await figuresOf(this.#watched);
    this.#past.add(figures.at, figures.counts);
    const active = this.#states.check(figures, this.#past, clock.now());
    const alerts = await this.#announcements.exchange(active, clock.now());
    if (this.#isStopped) return;
    for (const alert of alerts) this.#announce(alert);
    this.start();
  }

  #announce(alert: Alert): void {
    const { name, subject, state, message, action, startedAt, endedAt } = alert;
    const title = subject === undefined ? name : `${name} (${subject})`;
    if (state === 'started') this.#logger.warn(`Alert ${title}: ${message} ${action}`);
    else this.#logger.warn(`Alert ${title} ended after ${secondsBetween(startedAt, endedAt)} s.`);
    this.#listener(alert);
    this.#webhook?.send(alert);
  }
}

function secondsBetween(from: Date, to: Date | undefined): number {
  return Math.max(0, Math.round(((to ?? from).getTime() - from.getTime()) / 1000));
}
