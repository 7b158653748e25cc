import { WrongRevision, type RecordedEvent } from '../event-store/event-store.js';
import { decide } from '../payments/payment.decide.js';
import { crashPoint } from '../platform/crash-points.js';
import type { OrchestrationPorts } from './orchestration.js';
import { AppendDeadlineExceeded, PaymentWork } from './payment-work.js';

export interface RiskAlarm {
  readonly paymentId: string;
  /** `code` or `code: detail`. */
  readonly reasons: readonly string[];
  /** Who raises it: `system:risk` for rules of ours. */
  readonly actor: string;
}

/**
 * `raised`: the payment waits for a person now. `known`: a person was asked about it already. `moot`: it is not
 * authorized any more, something is captured, or it is being voided. `busy`: an operation is open; try again.
 */
export type AlarmOutcome = 'raised' | 'known' | 'moot' | 'busy';

/** How often an alarm that met another writer is decided anew. */
const RELOADS_MAX = 3;

/** Raises alarms on authorized payments, however late and however often they come. */
export class RiskAlarms {
  constructor(
    private readonly ports: Pick<
      OrchestrationPorts,
      'store' | 'clock' | 'chance' | 'settings' | 'alarm'
    >,
  ) {}

  /** @throws StoreUnavailable, ChainBroken, CorruptStreamError */
  async raise(alarm: RiskAlarm): Promise<AlarmOutcome> {
    for (let loads = 0; loads <= RELOADS_MAX; loads += 1) {
      try {
        return await this.#once(alarm);
      } catch (error) {
        if (error instanceof AppendDeadlineExceeded) return 'busy';
        if (!(error instanceof WrongRevision)) throw error;
      }
    }
    return 'busy';
  }

  async #once({ paymentId, reasons, actor }: RiskAlarm): Promise<AlarmOutcome> {
    const { clock, chance, settings } = this.ports;
    const about = { paymentId, correlationId: chance.newId() };
    const { work, events } = await PaymentWork.load(this.ports, about);
    if (wasAskedAbout(events, reasons)) return 'known';
    const at = work.now();
    const decided = decide(work.payment, { type: 'RaiseRiskAlarm', reasons, at });
    if (!decided.accepted) return decided.code === 'OPERATION_IN_PROGRESS' ? 'busy' : 'moot';
    if (decided.events.length === 0) return 'moot';
    work.add(decided.events, { at, actor });
    crashPoint('risk-alarm-decided');
    await work.commit([], clock.monotonicMs() + settings.callDeadlineMs);
    crashPoint('risk-alarm-durable');
    this.ports.alarm({ kind: 'risk_alarm', paymentId });
    return 'raised';
  }
}

/** Whoever approved a payment in spite of an alarm is not asked about the same again. */
function wasAskedAbout(events: readonly RecordedEvent[], reasons: readonly string[]): boolean {
  const asked = new Set<string>();
  for (const { type, data } of events) {
    if (type !== 'ReviewRequested' || data['origin'] !== 'AUTHORIZED') continue;
    const given = data['reasons'];
    for (const reason of Array.isArray(given) ? given : []) asked.add(codeOf(String(reason)));
  }
  return asked.size > 0 && reasons.every((reason) => asked.has(codeOf(reason)));
}

/** Without the numbers, which grow on. */
function codeOf(reason: string): string {
  return reason.split(':', 1)[0] ?? reason;
}
