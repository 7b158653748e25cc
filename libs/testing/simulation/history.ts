import { answerAsOfMark, findCall } from '../../orchestration/call-answer.js';
import type { CallAnswer, PaymentCall } from '../../orchestration/payment-calls.js';
import { paymentStream } from '../../payments/payment.stream.js';
import type { World } from './world.js';

interface Invoked {
  readonly call: PaymentCall;
  readonly keyHash: string;
  /** What every answer with an event said; all of them must be the same bytes. */
  bytes: string | null;
}

/** What clients asked for and what they heard, to be held against the log. */
export class History {
  readonly #invoked = new Map<string, Invoked>();
  answers = 0;

  constructor(private readonly world: World) {}

  get calls(): number {
    return this.#invoked.size;
  }

  invoke(call: PaymentCall): void {
    const keyHash = call.idempotency?.keyHash;
    if (keyHash === undefined || this.#invoked.has(keyHash)) return;
    this.#invoked.set(keyHash, { call, keyHash, bytes: null });
  }

  /** I-1: every answer that stands in the log is the same, whoever gives it and however late. */
  heard(call: PaymentCall, answer: CallAnswer): void {
    this.answers += 1;
    const invoked = this.#invoked.get(call.idempotency?.keyHash ?? '');
    if (invoked === undefined || answer.kind === 'dry_run' || answer.position === null) return;
    const bytes = bytesOf(answer);
    // A confirm that changed nothing is no event: it is decided anew.
    if (invoked.bytes !== null && invoked.bytes !== bytes && call.request.command !== 'confirm') {
      this.world.violated(`I-1: ${nameOf(invoked)} answered ${invoked.bytes}, then ${bytes}`);
    }
    invoked.bytes = bytes;
  }

  /** Every acknowledged call is in the log with that very answer, every other once or not at all. */
  async check(): Promise<void> {
    for (const invoked of this.#invoked.values()) {
      const { call, keyHash, bytes } = invoked;
      const events = await this.world.log.read(paymentStream(call.paymentId));
      const found = findCall(events, keyHash);
      const name = nameOf(invoked);
      if (found === null) {
        if (bytes === null || call.request.command === 'confirm') continue;
        this.world.violated(`I-7: ${name} was acknowledged and is not in the log`);
      } else if (found.answeredAt === null) {
        this.world.violated(`${name} never came to rest`);
      } else {
        const { openedAt, answeredAt } = found;
        const asked = { command: call.request.command, openedAt, answeredAt };
        const stands = bytesOf(answerAsOfMark(events, asked, true));
        if (bytes !== null && bytes !== stands) {
          this.world.violated(`I-1: ${name} answered ${bytes}, the log says ${stands}`);
        }
      }
    }
  }
}

/** All that a client sees of an answer but for whether it is a repetition. */
function bytesOf(answer: CallAnswer): string {
  return JSON.stringify({ ...answer, replayed: null }, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function nameOf({ call, keyHash }: Invoked): string {
  return `${call.request.command} ${keyHash} of ${call.paymentId}`;
}
