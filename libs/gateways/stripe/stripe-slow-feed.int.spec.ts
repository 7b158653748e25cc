import { Agent, type Dispatcher } from 'undici';
import { Secret } from '../../platform/secret.js';
import {
  PEER_SECRET_KEY,
  startStripePeer,
  type StripePeer,
} from '../../testing/stripe-peer/stripe-peer.js';
import { charge } from '../gateway-calls.contract.js';
import { StripeGateway } from './stripe-gateway.js';

const ANSWER_MS = 40;
/** Room for some answers, not for all that a feed of these sizes takes. */
const TIMEOUT_MS = 250;
const CALLS_MAX = 60;

/** Every request takes its time before it is sent. */
function slowly(agent: Agent): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => {
    setTimeout(() => dispatch(options, handler), ANSWER_MS);
    return true;
  });
}

describe("Stripe's events, where each answer takes its time", () => {
  let peer: StripePeer;
  let agent: Agent;
  let gateway: StripeGateway;
  beforeEach(async () => {
    peer = await startStripePeer();
    agent = new Agent();
    gateway = new StripeGateway({
      name: 'stripe',
      secretKey: new Secret(PEER_SECRET_KEY),
      webhookSecret: null,
      baseUrl: peer.url,
      features: { returnUrl: null, multicapture: false, incrementalAuthorization: true },
      dispatcher: slowly(agent),
    });
  });
  afterEach(async () => {
    await agent.destroy();
    await peer.close();
  });

  function tellForeign(count: number): void {
    const foreign = { id: 'pi_x', object: 'payment_intent', status: 'succeeded', amount: 1 };
    for (let number = 0; number < count; number += 1) {
      peer.books.tell('payment_intent.succeeded', { ...foreign, currency: 'eur' });
    }
  }

  /** Keys of all facts up to the end of the feed, read as the processor does: again from the same place after a failure. */
  async function keysAfter(start: string | null): Promise<string[]> {
    const keys: string[] = [];
    let cursor = start;
    for (let call = 0; call < CALLS_MAX; call += 1) {
      const page = await gateway.facts(cursor, TIMEOUT_MS).catch(() => null);
      if (page === null) continue;
      keys.push(...page.facts.map(({ key }) => key));
      if (page.cursor === cursor) return keys;
      ({ cursor } = page);
    }
    throw new Error(`not at the end after ${CALLS_MAX} calls`);
  }

  async function charged() {
    const call = charge('purchase', 'pm_card_visa');
    await gateway.send(call, 5_000);
    return call;
  }

  it('are read from the oldest on, however many pages back that is', async () => {
    const { key } = await charged();
    tellForeign(1_200);
    expect(await keysAfter(null)).toEqual([key]);
  });

  it('are read past those of others, however many there are', async () => {
    await charged();
    const start = peer.books.events.at(-1)?.id ?? null;
    tellForeign(900);
    const { key } = await charged();
    expect(await keysAfter(start)).toEqual([key]);
  });

  it('are read past disputes, however many payments have to be looked at', async () => {
    const { key } = await charged();
    const [intent] = peer.books.intents.keys();
    for (let number = 0; number < 20; number += 1) {
      peer.books.tell('charge.dispute.created', {
        id: `dp_${number}`,
        object: 'dispute',
        amount: 10,
        currency: 'eur',
        status: 'needs_response',
        payment_intent: intent,
      });
    }
    expect(await keysAfter(null)).toEqual(Array.from({ length: 21 }, () => key));
  });
});
