import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { FLOOR_TABLE, GroupWriter } from './group-writer.js';

/** Bare Fastify on the same Postgres: what a payment of two durable appends, and a read of one query, cost at least. */
const READERS_MAX = 8;
const connectionString = process.env['DATABASE_URL'] ?? '';

const client = new pg.Client({ connectionString, application_name: 'floor writer' });
await client.connect();
await client.query(FLOOR_TABLE);
const writer = new GroupWriter(client);
const pool = new pg.Pool({ connectionString, max: READERS_MAX, application_name: 'floor reader' });
const fastify = Fastify();

fastify.get('/ready', () => ({ status: 'ready' }));

fastify.post('/v1/payments', async (request, reply) => {
  const id = randomUUID();
  const stream = `payment-${id}`;
  const data = JSON.stringify(request.body);
  const event = (revision: number, type: string) => ({ stream, revision, type, data });
  await writer.append([event(0, 'PaymentInitiated'), event(1, 'PurchaseRequested')]);
  await writer.append([event(2, 'PurchaseApproved'), event(3, 'Answered')]);
  return reply.code(201).send({ id, status: 'CAPTURED' });
});

// The query of a payment's stream, as the event store has it.
const STREAM = `select transaction, place, stream, revision, id, type, version, data, metadata
  from event_store.events where stream = $1 and revision >= $2 order by revision limit 1000`;

fastify.get('/v1/payments/:id', async (request, reply) => {
  const { id } = request.params as { id: string }; // reason: of the route's own path
  const values = [`payment-${id}`, 0];
  const { rows } = await pool.query({ name: 'stream', text: STREAM, values, rowMode: 'array' });
  return reply.code(rows.length === 0 ? 404 : 200).send({ id, events: rows });
});

const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ url });
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0)); // the bench died
