import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyStream } from '../../access/api-key.events.js';
import { gatewayStream } from '../../gateways/registry/gateway-profile.js';
import type { CrashPoint } from '../../platform/crash-points.js';
import { eventually } from '../eventually.js';
import { survives, type CrashCase, type Kill } from './crash-case.js';
import { GATEWAY, type CrashLane } from './crash-lane.js';
import { RetryingClient, type ClientAnswer } from './retrying-client.js';

const MERCHANT_KEY = { role: 'merchant', merchant_id: 'mer_other' };

/** Deaths of the API while keys and settings change. */
export const ACCESS_CRASHES: readonly CrashCase[] = [
  survives(at('key-change-ready'), {
    during: 'making a key',
    story: async (lane) => void (await madeKey(lane)),
  }),
  survives(at('key-change-durable'), { during: 'making a key', story: lostKey }),
  survives(at('key-change-durable', 2), { during: 'the revocation of a key', story: revocation }),
  survives(at('successor-key-durable'), { during: 'the rotation of a key', story: rotation }),
  survives(at('setting-change-ready'), { during: 'a change of a gateway', story: weightChange }),
  survives(at('setting-change-durable'), { during: 'a change of a gateway', story: weightChange }),
  {
    point: 'local-keys-written',
    during: 'the first start, before any key is known',
    run: (house) => house.inLane((lane) => firstKeys(lane, 'local-keys-written:1')),
  },
  {
    point: 'key-change-durable',
    during: 'the first start, with half of the keys known',
    run: (house) => house.inLane((lane) => firstKeys(lane, 'key-change-durable:3')),
  },
];

/** Makes a key that passes. */
async function madeKey(lane: CrashLane): Promise<ClientAnswer['body']> {
  const { status, body } = await lane.admin.post('/v1/keys', MERCHANT_KEY);
  expect(status).toBe(201);
  expect(await statusFor(lane, body['key'])).toBe(404);
  return body;
}

/** What a key is answered that asks for a payment which is not there. */
async function statusFor(lane: CrashLane, key: unknown): Promise<number> {
  const client = new RetryingClient(lane.url, String(key));
  return (await client.get('/v1/payments/pay_none')).status;
}

/** The key is shown once, and the answer is lost: whoever asked is told its id, ends it and makes another. */
async function lostKey(lane: CrashLane): Promise<void> {
  const lost = await lane.admin.post('/v1/keys', MERCHANT_KEY);
  expect(lost).toMatchObject({ status: 409, body: { code: 'KEY_ALREADY_CREATED' } });
  expect((await lane.admin.delete(`/v1/keys/${lost.body.id}`)).status).toBe(204);
  await madeKey(lane);
}

async function revocation(lane: CrashLane): Promise<void> {
  const { id, key } = await madeKey(lane);
  expect((await lane.admin.delete(`/v1/keys/${id}`)).status).toBe(204);
  await eventually(async () => expect(await statusFor(lane, key)).toBe(401));
  expect(await typesOf(lane, keyStream(id))).toEqual(['ApiKeyCreated', 'ApiKeyRevoked']);
}

/** The first try leaves a key that nobody holds, and the old one as it was; the client's second one gets another. */
async function rotation(lane: CrashLane): Promise<void> {
  const { id, key } = await madeKey(lane);
  const { status, body } = await lane.admin.post(`/v1/keys/${id}/rotate`);
  expect(status).toBe(201);
  for (const either of [key, body['key']]) expect(await statusFor(lane, either)).toBe(404);
  expect(await typesOf(lane, keyStream(id))).toEqual(['ApiKeyCreated', 'ApiKeyRotated']);
}

/** Said twice, changed once. */
async function weightChange(lane: CrashLane): Promise<void> {
  const stream = gatewayStream(GATEWAY);
  const before = await typesOf(lane, stream);
  const weight = before.length + 2;
  const { status, body } = await lane.admin.put(`/v1/gateways/${GATEWAY}`, { weight });
  expect({ status, weight: body['weight'] }).toEqual({ status: 200, weight });
  expect(await typesOf(lane, stream)).toHaveLength(before.length + 1);
}

async function typesOf(lane: CrashLane, stream: string): Promise<readonly string[]> {
  return (await lane.store.readStream(stream)).map(({ type }) => type);
}

/** The file of keys is whole or not there, and all of its keys pass in the end. */
async function firstKeys(lane: CrashLane, crash: string): Promise<void> {
  await lane.run();
  const BOOTSTRAP_KEYS_FILE = join(lane.ground.folder, `${lane.name}-${crash.split(':')[0]}.json`);
  await lane.start('api', { BOOTSTRAP_KEYS_FILE, CRASH_AT: crash });
  await lane.killed('api');
  const written = readFileSync(BOOTSTRAP_KEYS_FILE, 'utf8');
  await lane.start('api', { BOOTSTRAP_KEYS_FILE });
  expect(readFileSync(BOOTSTRAP_KEYS_FILE, 'utf8')).toBe(written);
  const keys = JSON.parse(written) as Record<string, string>; // reason: our own file
  for (const key of Object.values(keys)) expect([404, 403]).toContain(await statusFor(lane, key));
  await lane.isWhole();
}

function at(point: CrashPoint, pass = 1): Kill {
  return { process: 'api', point, pass };
}
