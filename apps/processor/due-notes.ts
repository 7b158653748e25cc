import type { LogPage, Position } from '../../libs/event-store/event-store.js';
import { crashPoint } from '../../libs/platform/crash-points.js';
import type { Concern } from './concern-of-type.js';
import { dueAfter, joined, type DuePayment } from './due-after.js';
import type { DuePayments } from './due-payments.js';
import type { FirstSeen } from './first-seen.js';
import type { FollowedPayments } from './followed-payments.js';
import { authorizationsIn, type WatchedAuthorization } from './risk-watch.js';

export interface Noting {
  readonly due: Pick<DuePayments, 'note'>;
  readonly seen: FirstSeen;
  /** Authorizations are noted for risk. */
  readonly watching: boolean;
  /** The lease's fencing token. */
  readonly token: string;
}

/**
 * Looks after which also what can wait is written, about a second: most operations end within it, and what ended before
 * it was written leaves no row.
 */
const LOOKS_MAX = 7;
const GATHERED_MAX = 5_000;

/** What the log asks for, gathered until it is written with the checkpoint; a crash before gathers it again. */
export class DueNotes {
  #due = new Map<string, DuePayment>();
  #authorizations: readonly WatchedAuthorization[] = [];
  #position: Position | null = null;
  #looks = 0;
  #urgent = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly noting: Noting,
    private readonly payments: FollowedPayments,
  ) {}

  async take(page: LogPage): Promise<void> {
    const { seen, watching } = this.noting;
    crashPoint('due-page-read');
    for (const payment of dueAfter(page.events, await this.payments.after(page.events))) {
      if (payment.concern === 'running') seen.add(payment);
      else if (payment.concern === 'aside') seen.moveOn(payment);
      else seen.forget(payment.paymentId);
      this.#urgent ||= isUrgent(payment.concern);
      this.#due.set(payment.paymentId, joined(this.#due.get(payment.paymentId), payment));
    }
    if (watching) this.#authorizations = authorizationsIn(page.events, this.#authorizations);
    this.#position = page.position;
    if (this.#due.size >= GATHERED_MAX) await this.write();
  }

  /** Called again and again: writes where something can't wait, or has waited long enough. @throws CheckpointLost */
  async writeRipe(): Promise<void> {
    if (this.#position === null) return;
    this.#looks += 1;
    if (this.#urgent || this.#looks >= LOOKS_MAX) await this.write();
  }

  /** @throws CheckpointLost */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeGathered());
    return this.#writing;
  }

  async #writeGathered(): Promise<void> {
    const position = this.#position;
    if (position === null) return;
    const due = [...this.#due.values()];
    const authorizations = this.#authorizations;
    this.#due = new Map();
    this.#authorizations = [];
    this.#position = null;
    this.#urgent = false;
    this.#looks = 0;
    await this.noting.due.note({ due, authorizations }, position, this.noting.token);
    crashPoint('due-page-noted');
  }
}

function isUrgent(concern: Concern): boolean {
  return concern === 'look' || concern === 'ask';
}
