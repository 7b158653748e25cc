import {
  REFUSAL_STATUS,
  type CallAnswer,
  type CallRefusal,
} from '../../../libs/orchestration/payment-calls.js';
import { entityTag } from '../http/conditional.js';
import type { Exchange } from '../http/exchange.js';
import type { LogPositions } from '../http/positions.js';
import { sendProblem } from '../http/problems.js';
import { sendJson } from '../http/send-json.js';

/** Writes what a call answered; equal answers give equal bytes, so that a replay is the first answer again. */
export class PaymentAnswers {
  constructor(private readonly positions: LogPositions) {}

  send(exchange: Exchange, answer: CallAnswer, creates: boolean): void {
    const { reply } = exchange;
    switch (answer.kind) {
      case 'refused':
        this.sendRefusal(exchange, answer);
        return;
      case 'dry_run':
        sendJson(reply, { events: answer.events });
        return;
      case 'payment': {
        const { payment, position, status, replayed } = answer;
        this.headers(exchange, { revision: payment.revision, position, replayed });
        if (creates) reply.header('location', `/v1/payments/${payment.id}`);
        sendJson(reply, payment, status);
      }
    }
  }

  private sendRefusal(exchange: Exchange, refusal: CallRefusal): void {
    this.headers(exchange, refusal);
    const { code, detail, retryAfterS, correlationId } = refusal;
    const problem = { status: REFUSAL_STATUS[code], code, detail };
    sendProblem(
      exchange,
      retryAfterS === null ? problem : { ...problem, retryAfterS },
      correlationId ?? exchange.request.call.correlationId,
    );
  }

  private headers(
    { reply }: Exchange,
    { revision, position, replayed }: Pick<CallRefusal, 'revision' | 'position' | 'replayed'>,
  ): void {
    if (revision !== null) reply.header('etag', entityTag(revision));
    if (position !== null) reply.header('tillstream-position', this.positions.format(position));
    if (replayed) reply.header('idempotency-replayed', 'true');
  }
}
