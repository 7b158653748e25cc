import { paymentIdFor } from '../../apps/api/commands/idempotency-key.js';
import { bodyOf, customerOf } from './bodies.js';

/** Requests that a load is made of. */
export type LoadKind =
  | 'create'
  | 'lifecycle'
  | 'replay'
  | 'get'
  | 'list'
  | 'statements'
  | 'mixed'
  | 'floor-create'
  | 'floor-get'
  | 'noop-list';

export interface LoadTarget {
  readonly url: string;
  /** Of the merchant mer_local. */
  readonly key: string;
  /** Of an analyst, who may see statements. */
  readonly analystKey: string;
  /** Begins each Idempotency-Key: other loads make other payments. */
  readonly prefix: string;
  /** Payments that `populationPrefix` made already: what is read and repeated. */
  readonly population: number;
  readonly populationPrefix: string;
}

export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** One header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** What the steps of one sequence hand on. */
export interface Sequence {
  id?: string | undefined;
  nth?: number;
}

export interface Step {
  readonly send: (sequence: Sequence) => Sent;
  /** What is wrong with the answer; null: nothing. */
  readonly fault: (answer: Answer, sequence: Sequence) => string | null;
}

const HOUR_MS = 3_600_000;
const MIXED_READS_SHARE = 0.7;
const LISTED_ROWS = 20;
const ROW_BEGIN = '{"id":"pay_';
/** Settled at once by a gateway that captures at once. */
const MONEY_TAKEN = ['CAPTURED', 'COMPLETED'] as const;

/** The steps of a load; a sequence passes all of them, and counts as one. */
export function stepsOf(kind: LoadKind, target: LoadTarget): readonly Step[] {
  let next = 0;
  const count = () => next++;
  switch (kind) {
    case 'create':
      return [create(target, count)];
    case 'floor-create':
      return [floorCreate(target, count)];
    case 'lifecycle':
      return [
        create(target, count, 'manual'),
        follow(target, 'capture', MONEY_TAKEN),
        follow(target, 'refunds', ['REFUNDED']),
      ];
    case 'replay':
      return [replay(target, count)];
    case 'get':
    case 'floor-get':
      return [get(target, count)];
    case 'list':
      return [list(target, count, LISTED_ROWS)];
    case 'noop-list':
      return [list(target, count, 0)];
    case 'statements': {
      const path = () => {
        const customer = customerOf(target.populationPrefix, count() % target.population);
        return `/v1/reports/statements?currency=EUR&customer_id=${customer}`;
      };
      return [read(target.analystKey, path, (body) => body.includes('"lines":[{'))];
    }
    case 'mixed':
      return [mixed(get(target, count), create(target, count))];
  }
}

function create(target: LoadTarget, count: () => number, capture?: 'manual'): Step {
  return {
    send: (sequence) => {
      const nth = count();
      sequence.nth = nth;
      return post(target, {
        path: '/v1/payments',
        key: `${target.prefix}-${nth}`,
        body: bodyOf(target.prefix, nth, capture),
      });
    },
    fault: ({ status, body }, sequence) => {
      if (status !== 201) return `status ${status}: ${body}`;
      const wanted = capture === 'manual' ? ['AUTHORIZED'] : MONEY_TAKEN;
      const right = isIn(body, wanted) && body.includes(`"order_id":"order-${sequence.nth}"`);
      if (!right) return `not approved: ${body}`;
      sequence.id = idIn(body);
      return null;
    },
  };
}

/** Servers without a domain answer with as much as they know. */
function floorCreate(target: LoadTarget, count: () => number): Step {
  return {
    ...create(target, count),
    fault: ({ status, body }) =>
      status === 201 && isIn(body, ['CAPTURED']) ? null : `floor: ${status}: ${body}`,
  };
}

function follow(target: LoadTarget, what: 'capture' | 'refunds', wanted: readonly string[]): Step {
  const right = what === 'capture' ? 200 : 201;
  return {
    send: ({ id = '' }) =>
      post(target, { path: `/v1/payments/${id}/${what}`, key: `${what}-${id}`, body: '{}' }),
    fault: ({ status, body }, { id }) =>
      status === right && idIn(body) === id && isIn(body, wanted)
        ? null
        : `${what}: ${status}: ${body}`,
  };
}

function replay(target: LoadTarget, count: () => number): Step {
  return {
    send: (sequence) => {
      const nth = count() % target.population;
      sequence.nth = nth;
      const key = `${target.populationPrefix}-${nth}`;
      return post(target, {
        path: '/v1/payments',
        key,
        body: bodyOf(target.populationPrefix, nth),
      });
    },
    fault: ({ status, body, header }, { nth }) => {
      const same = body.includes(`"order_id":"order-${nth}"`);
      const right = status === 201 && same && header('idempotency-replayed') === 'true';
      return right ? null : `no replay: ${status}: ${body}`;
    },
  };
}

function get(target: LoadTarget, count: () => number): Step {
  return {
    send: (sequence) => {
      const key = `${target.populationPrefix}-${count() % target.population}`;
      sequence.id = paymentIdFor('mer_local', key);
      return {
        method: 'GET',
        path: `/v1/payments/${sequence.id}`,
        headers: authorized(target.key),
      };
    },
    fault: ({ status, body }, { id }) =>
      status === 200 && idIn(body) === id ? null : `get: ${status}: ${body}`,
  };
}

/** Each asks for another one, all of as many rows: askers of the same list would share one query. */
function list({ key }: LoadTarget, count: () => number, rows: number): Step {
  const from = Date.now() + HOUR_MS;
  const path = () =>
    `/v1/payments?limit=${LISTED_ROWS}&created_to=${new Date(from + count()).toISOString()}`;
  return read(key, path, (body) => {
    return body.startsWith('{"data":[') && body.split(ROW_BEGIN).length === rows + 1;
  });
}

function read(key: string, path: () => string, isRight: (body: string) => boolean): Step {
  return {
    send: () => ({ method: 'GET', path: path(), headers: authorized(key) }),
    fault: ({ status, body }) =>
      status === 200 && isRight(body) ? null : `read: ${status}: ${body}`,
  };
}

function mixed(reading: Step, writing: Step): Step {
  const chosen = new WeakMap<Sequence, Step>();
  let turn = 0;
  return {
    send: (sequence) => {
      // Spread evenly instead of by chance: every run has the same mix.
      turn = (turn + MIXED_READS_SHARE) % 1;
      const step = turn < MIXED_READS_SHARE ? reading : writing;
      chosen.set(sequence, step);
      return step.send(sequence);
    },
    fault: (answer, sequence) => chosen.get(sequence)?.fault(answer, sequence) ?? null,
  };
}

function post(target: LoadTarget, call: { path: string; key: string; body: string }): Sent {
  const headers = {
    ...authorized(target.key),
    'content-type': 'application/json',
    'idempotency-key': call.key,
  };
  return { method: 'POST', path: call.path, headers, body: call.body };
}

function authorized(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

function idIn(body: string): string | undefined {
  return /"id":"([^"]+)"/.exec(body)?.[1];
}

/** Whether the first status, the payment's own, is one of these. */
function isIn(body: string, statuses: readonly string[]): boolean {
  return statuses.includes(/"status":"([^"]+)"/.exec(body)?.[1] ?? '');
}
