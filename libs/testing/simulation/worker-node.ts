import { CheckpointLost } from '../../../apps/processor/due-payments.js';
import { workOffDue } from '../../../apps/processor/due-worker.js';
import { readFeeds } from '../../../apps/processor/feed-reader.js';
import { FirstSeen } from '../../../apps/processor/first-seen.js';
import { noteLog } from '../../../apps/processor/note-log.js';
import { StreamPrefixes } from '../../../projections/runner/stream-prefixes.js';
import type { OrchestrationPorts } from '../../orchestration/orchestration.js';
import { PaymentContinuation } from '../../orchestration/payment-continuation.js';
import { RiskAlarms } from '../../orchestration/risk-alarms.js';
import { DueTableSession } from './due-table.js';
import type { Installation } from './installation.js';
import type { LeaseTable } from './lease-table.js';
import type { ReadModel } from './read-models.js';
import { IdleClock } from './idle-clock.js';
import { Life } from './simulated-node.js';
import { isTrouble } from './trouble.js';

const TAKE_OVER_EXTRA_MS = 1_000;
const UNKNOWN_ASK_MAX_MS = 15_000;
const PAGE_EVENTS_MAX = 40;
/** Read models gather for longer than real ones: fewer pages, and the same rows. */
const FOLLOW_INTERVAL_MS = 1_500;
const BACK_OFF_MS = 300;
const COMMIT_SPREAD_MS = 10;
const SKEW_SPREAD_MS = 4_000;

/** A process of workers: processor and projections, leading while it holds the lease. */
export class WorkerNode {
  life: Life;

  constructor(
    readonly name: string,
    private readonly installation: Installation,
    private readonly leases: LeaseTable,
  ) {
    this.life = this.#start();
  }

  restart(): void {
    this.life = this.#start();
  }

  /** Somebody's rules found a payment suspicious. */
  alarm(paymentId: string): void {
    const { life } = this;
    if (!life.isAlive) return;
    const ports = this.installation.portsOf(life, new AbortController().signal);
    life.in(0, () => {
      new RiskAlarms(ports)
        .raise({ paymentId, reasons: ['velocity'], actor: 'system:risk' })
        .catch((error: unknown) => this.#judge(life, error));
    });
  }

  #start(): Life {
    const { world } = this.installation;
    const life = new Life(this.name, world, world.choose(SKEW_SPREAD_MS) - SKEW_SPREAD_MS / 2);
    void this.#leadForEver(life);
    return life;
  }

  async #leadForEver(life: Life): Promise<void> {
    for (;;) {
      const lease = await this.leases.acquire(life);
      try {
        await this.#lead(life, lease);
      } catch (error) {
        if (!(error instanceof CheckpointLost)) this.#judge(life, error);
      }
      this.leases.release(lease.token);
      await life.wait(BACK_OFF_MS);
    }
  }

  /** As `lead` of the processor, with the read models beside it. */
  async #lead(life: Life, lease: { readonly token: number; readonly lost: AbortSignal }) {
    const { due: table, models } = this.installation;
    const failed = new AbortController();
    const signal = AbortSignal.any([lease.lost, failed.signal]);
    const ports = this.installation.portsOf(life, signal);
    const { clock, settings } = ports;
    const takeOverAfterMs = settings.gatewayTimeoutMs + TAKE_OVER_EXTRA_MS;
    const due = new DueTableSession(life, table, {
      runningGraceMs: takeOverAfterMs,
      ended: signal,
    });
    const position = await due.claim(lease.token);
    const seen = new FirstSeen(clock);
    for (const left of await due.running()) seen.add(left);
    const token = String(lease.token);
    const continuation = new PaymentContinuation(ports, { unknownAskMaxMs: UNKNOWN_ASK_MAX_MS });
    const error = ({ err }: { err?: unknown }) => this.#judge(life, err);
    const logger = { warn: () => undefined, error };
    const works = [
      noteLog(ports.store, {
        due,
        clock: new IdleClock(life),
        seen,
        watching: false,
        position,
        token,
        signal,
      }),
      workOffDue({ due, clock, seen, continuation, takeOverAfterMs, logger, signal }),
      readFeeds({ ports, cursors: due.cursors, logger, signal }),
      ...models.map((model) => this.#follow(life, model, { ports, token: lease.token, signal })),
    ];
    await Promise.all(works.map((work) => work.finally(() => failed.abort())));
  }

  async #follow(
    life: Life,
    model: ReadModel,
    run: {
      readonly ports: OrchestrationPorts;
      readonly token: number;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { ports, token, signal } = run;
    const streams = StreamPrefixes.of(ports.store);
    const prepare = model.folding.open((stream, before) => streams.before(stream, before));
    const options = { batchMax: PAGE_EVENTS_MAX, signal };
    for await (const page of ports.store.subscribeAll(model.position, options)) {
      const prepared = await prepare(page.events);
      await life.request(life.world.choose(COMMIT_SPREAD_MS), () => {
        if (this.installation.due.token !== token) throw new CheckpointLost('a newer lease');
        model.commit(prepared, page.position);
      });
      if (page.atEnd) await ports.clock.pause(FOLLOW_INTERVAL_MS, signal);
    }
  }

  #judge(life: Life, error: unknown): void {
    if (isTrouble(error)) return;
    life.world.violated(`${this.name} stumbled: ${String(error)}`);
  }
}
