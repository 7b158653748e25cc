import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import type { EventStore, JsonObject, NewEvent } from '../../libs/event-store/event-store.js';
import { openEventStore } from '../../libs/event-store/open-event-store.js';
import { customerOf } from '../load/bodies.js';
import { newEventId } from '../../libs/platform/ids.js';

/** What a process of this file is told: fills the log with copies of real payments, as real appends. */
export interface Seed {
  readonly databaseUrl: string;
  /** Payments that the API made. */
  readonly templates: readonly string[];
  readonly events: number;
  /** Of the Idempotency-Keys that would make these payments: the n-th is `<prefix>-<n>`. */
  readonly prefix: string;
}

const APPENDS_IN_FLIGHT = 512;

async function seed(task: Seed): Promise<{ events: number; payments: number }> {
  const store = await openEventStore({ databaseUrl: task.databaseUrl, migrate: 'check' });
  const originals = await Promise.all(
    task.templates.map(async (id) => ({ id, events: await store.readStream(`payment-${id}`) })),
  );
  let events = 0;
  let payments = 0;
  const work = async () => {
    while (events < task.events) {
      const original = originals[payments % originals.length];
      if (original === undefined || original.events.length === 0) throw new Error('no template');
      const id = paymentIdFor('mer_local', `${task.prefix}-${payments}`);
      const batch = copyOf(original, { id, customer: customerOf(task.prefix, payments) });
      payments += 1;
      events += batch.length;
      await store.append(`payment-${id}`, 'no stream', batch);
    }
  };
  await Promise.all(Array.from({ length: APPENDS_IN_FLIGHT }, work));
  await store.close();
  return { events, payments };
}

type Stream = Awaited<ReturnType<EventStore['readStream']>>;

function copyOf(
  original: { readonly id: string; readonly events: Stream },
  to: { readonly id: string; readonly customer: string },
): NewEvent[] {
  return original.events.map(({ type, version, data, metadata }) => {
    const text = JSON.stringify(data).replaceAll(original.id, to.id);
    const copy = JSON.parse(text) as JsonObject; // reason: it was one
    const { hash: _hash, ...rest } = metadata;
    const customer = 'customerId' in copy ? { customerId: to.customer } : {};
    return { id: newEventId(), type, version, data: { ...copy, ...customer }, metadata: rest };
  });
}

const [, , input] = process.argv;
if (input !== undefined) {
  process.send?.(await seed(JSON.parse(input) as Seed)); // reason: our own parent writes it
  process.disconnect();
}
