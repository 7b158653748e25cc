import type { Position } from '../../libs/event-store/event-store.js';
import { readDuePayments } from '../../libs/orchestration/processor-checkpoint.js';
import { foldPayment } from '../../libs/payments/payment.fold.js';
import { paymentIdOf } from '../../libs/payments/payment.stream.js';
import { openIntentOf } from '../../libs/payments/payment.totals.js';
import type { Findings } from '../../libs/verify/finding.js';
import type { OpenIntent } from '../../libs/verify/payment-streams.js';
import type { Installation } from './installation.js';

const PAGE_MAX = 1_000;

/**
 * Every open intent that the processor has read of must be noted, or nobody would ever ask about it. One that moved on
 * meanwhile is noted anew by its later events. @param noted where the processor stood before the log was read
 */
export async function checkDuePayments(
  { pool, store }: Installation,
  findings: Findings,
  open: { readonly intents: ReadonlyMap<string, OpenIntent>; readonly noted: Position },
): Promise<void> {
  const waiting = [...open.intents].filter(([, { position }]) => position <= open.noted);
  for (let from = 0; from < waiting.length; from += PAGE_MAX) {
    const page = waiting.slice(from, from + PAGE_MAX);
    const ids = page.map(([stream]) => paymentIdOf(stream));
    const due = await readDuePayments(pool, ids);
    for (const [stream, intent] of page) {
      const paymentId = paymentIdOf(stream);
      if (due.has(paymentId)) continue;
      const events = await store.readStream(stream);
      if (events.at(-1)?.revision !== intent.revision) continue;
      const payment = foldPayment(events);
      if (payment === null || openIntentOf(payment) === null) continue;
      const { revision, position, since } = intent;
      findings.add(
        'due_payments',
        { stream, revision, position },
        `has waited for a gateway's word since ${since}, and the processor has not noted to ask`,
      );
    }
  }
}
