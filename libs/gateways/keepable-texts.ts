import { hasCardData } from '../platform/card-data.js';
import {
  PaymentGateway,
  type GatewayAnswer,
  type GatewayCall,
  type GatewayCapabilities,
  type GatewayWord,
  type IncomingWebhook,
  type WebhookReading,
} from './payment-gateway.js';

/** Of a gateway's own words; what is behind them is cut off. */
export const MESSAGE_CHARS_MAX = 1_000;
/** Of references, ids and addresses: beyond any that a gateway makes. */
const NAME_CHARS_MAX = 8_000;

const WITHHELD = '(held what looks like a card number)';
// U+0000, and half of a surrogate pair: with the u flag one that belongs to a pair is no match.
const NOT_KEEPABLE = /[\0\p{Surrogate}]/gu;

/**
 * An adapter of whose words every text can be kept in an event. A gateway may say what no store takes; the word itself,
 * which moves money, must not be lost over it.
 */
export class KeepableTexts extends PaymentGateway {
  readonly name: string;
  readonly capabilities: GatewayCapabilities;

  constructor(private readonly inner: PaymentGateway) {
    super();
    this.name = inner.name;
    this.capabilities = inner.capabilities;
  }

  override async send(call: GatewayCall, timeoutMs: number): Promise<GatewayAnswer> {
    return keepable(await this.inner.send(call, timeoutMs));
  }

  override async ask(call: GatewayCall, timeoutMs: number): Promise<GatewayWord> {
    return keepable(await this.inner.ask(call, timeoutMs));
  }

  override async facts(
    cursor: string | null,
    timeoutMs: number,
  ): ReturnType<PaymentGateway['facts']> {
    const page = await this.inner.facts(cursor, timeoutMs);
    return { facts: page.facts.map(keepable), cursor: page.cursor };
  }

  override acceptsToken(token: string): boolean {
    return this.inner.acceptsToken(token);
  }

  override readWebhook(webhook: IncomingWebhook): WebhookReading {
    const reading = this.inner.readWebhook(webhook);
    if (reading.verdict !== 'facts') return reading;
    return { verdict: 'facts', facts: reading.facts.map(keepable) };
  }

  override probe(timeoutMs: number): Promise<boolean> {
    return this.inner.probe(timeoutMs);
  }
}

/** The same object where all of its texts can be kept, as nearly always. */
function keepable<Told extends object>(told: Told): Told {
  let changed: Told | null = null;
  for (const name in told) {
    const kept = keepableValue(name, told[name]);
    if (kept === told[name]) continue;
    changed ??= { ...told };
    changed[name] = kept as Told[typeof name]; // reason: a text for a text
  }
  return changed ?? told;
}

function keepableValue(name: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return keepable(value);
  if (typeof value !== 'string') return value;
  if (name !== 'message') return keepableText(value, NAME_CHARS_MAX);
  // Free words only: a reference may be digits of any kind, and is of no use when it is another one.
  const message = keepableText(value, MESSAGE_CHARS_MAX);
  return hasCardData(message) ? WITHHELD : message;
}

function keepableText(text: string, charsMax: number): string {
  const cut = text.length <= charsMax ? text : text.slice(0, charsMax);
  return cut.search(NOT_KEEPABLE) < 0 ? cut : cut.replace(NOT_KEEPABLE, '\ufffd');
}
