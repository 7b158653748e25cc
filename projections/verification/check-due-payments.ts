import type { Position } from '../../libs/event-store/event-store.js';
import { readDuePayments } from '../../libs/orchestration/processor-checkpoint.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import type { Findings } from '../../libs/verify/finding.js';
import type { WaitingPayment } from '../../libs/verify/payment-streams.js';
import { waitText } from '../../libs/verify/payment-waits.js';
import type { Installation } from './installation.js';

const PAGE_MAX = 1_000;

/**
 * Every open intent and every timer that the processor has read of must be noted, or nobody would ever ask, or capture.
 * A payment that moved on meanwhile is noted anew by its later events. @param noted where the processor stood before the
 * log was read
 */
export async function checkDuePayments(
  { pool, store }: Installation,
  findings: Findings,
  due: { readonly waiting: ReadonlyMap<string, WaitingPayment>; readonly noted: Position },
): Promise<void> {
  const waiting = [...due.waiting].filter(([, { position }]) => position <= due.noted);
  for (let from = 0; from < waiting.length; from += PAGE_MAX) {
    const page = waiting.slice(from, from + PAGE_MAX);
    const ids = page.map(([stream]) => paymentIdOf(stream));
    const noted = await readDuePayments(pool, ids);
    for (const [stream, { revision, position }] of page) {
      if (noted.has(paymentIdOf(stream))) continue;
      const events = await store.readStream(stream);
      if (events.at(-1)?.revision !== revision) continue;
      const payment = foldPayment(events);
      const wait = payment && waitText(payment);
      if (wait === null) continue;
      const where = { stream, revision, position };
      findings.add('due_payments', where, `${wait}, and the processor has not noted it`);
    }
  }
}
