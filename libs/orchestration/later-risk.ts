import type { RecordedEvent } from '../event-store/event-store.js';
import type { LaterRisk } from '../risk/open-risk.js';
import { SERVICE_AWAY, SERVICE_PENDING, type RuleAssessor } from '../risk/rule-assessor.js';
import type { OrchestrationPorts } from './orchestration.js';
import { PaymentWork } from './payment-work.js';
import { RiskAlarms } from './risk-alarms.js';
import { subjectOf } from './risk-subject.js';

/**
 * `over`: nothing can be found any more. `fine`: nothing was found so far. `unsettled`: a source was away or undecided,
 * or the payment was busy; look again soon. `raised`: a person is asked.
 */
export type LaterLook = 'over' | 'fine' | 'unsettled' | 'raised';

const ACTOR = 'system:risk';

/** Looks at authorized payments again, with what has come since they were let through. */
export class LaterRiskCheck {
  readonly #alarms: RiskAlarms;

  constructor(
    private readonly ports: OrchestrationPorts,
    private readonly later: LaterRisk,
  ) {
    this.#alarms = new RiskAlarms(ports);
  }

  /** @throws StoreUnavailable, ChainBroken, CorruptStreamError */
  async look(paymentId: string): Promise<LaterLook> {
    const about = { paymentId, correlationId: this.ports.chance.newId() };
    const { work, events } = await PaymentWork.load(this.ports, about);
    const { payment } = work;
    // A person may let it back.
    if (payment?.status === 'UNDER_REVIEW') return 'fine';
    if (payment?.status !== 'AUTHORIZED' || payment.amountCaptured > 0n) return 'over';
    const subject = subjectOf(payment, events, work.now());
    const { verdict, settled } = await this.#assessorFor(events).assessFully(subject);
    if (verdict.verdict === 'approve') return settled ? 'fine' : 'unsettled';
    const outcome = await this.#alarms.raise({
      paymentId,
      reasons: verdict.reasons,
      actor: ACTOR,
    });
    switch (outcome) {
      case 'raised':
        return 'raised';
      case 'known':
      case 'moot':
        return settled ? 'fine' : 'unsettled';
      case 'busy':
        return 'unsettled';
    }
  }

  #assessorFor(events: readonly RecordedEvent[]): RuleAssessor {
    const { rules, withService, serviceStage } = this.later;
    if (withService === null) return rules;
    return serviceStage === 'async' || owesItsWord(events) ? withService : rules;
  }
}

/** The last attempt was let through without the service's word. */
function owesItsWord(events: readonly RecordedEvent[]): boolean {
  const verdicts = events.flatMap(({ data }) =>
    'risk' in data ? [JSON.stringify(data['risk'])] : [],
  );
  const last = verdicts.at(-1) ?? '';
  return last.includes(SERVICE_PENDING) || last.includes(SERVICE_AWAY);
}
