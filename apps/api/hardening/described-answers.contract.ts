import fc, { type Arbitrary } from 'fast-check';
import { brokenOf } from '../../../libs/testing/described-api/broken-inputs.js';
import {
  DESCRIPTION,
  type DescribedInstallation,
} from '../../../libs/testing/described-api/described-installation.js';
import type {
  DescribedOperation,
  DescribedParameter,
  Schema,
} from '../../../libs/testing/described-api/description.js';
import type { Sent } from '../../../libs/testing/described-api/exchange.js';
import { valuesOf } from '../../../libs/testing/described-api/inputs.js';
import { schemaChecks } from '../../../libs/testing/described-api/judging.js';
import { MEANINGFUL, type KnownValues } from '../../../libs/testing/described-api/known-values.js';

const FITTING_RUNS = 20;
const BROKEN_RUNS = 16;
const TIMEOUT_MS = 60_000;
/** Statuses of what is refused for itself, before anything is looked up. */
const AT_THE_DOOR: ReadonlySet<number> = new Set([400, 401, 403, 413, 415]);

interface Surroundings {
  /** Makes the inputs. */
  readonly seed: number;
  readonly system: () => DescribedInstallation;
  readonly known: () => KnownValues;
}

/**
 * Every operation of the description, with inputs made from its schemas: no fault of ours, and statuses, codes, content
 * types and bodies as described.
 */
export function answersAsDescribed({ seed, system, known }: Surroundings): void {
  describe.each(DESCRIPTION.operations.map((operation) => [operation.id, operation] as const))(
    `%s (seed ${seed})`,
    (_id, operation) => {
      const inputs = () => new Inputs(operation, known(), system());
      afterAll(() => known().restore(operation.id));

      it(
        'answers as described what fits',
        async () => {
          const statuses = new Set<number>();
          const property = fc.asyncProperty(inputs().fitting(), async (sent) => {
            statuses.add(await judged(operation, sent));
          });
          await fc.assert(property, { seed, numRuns: FITTING_RUNS, endOnFailure: true });
          // Else nothing came past the door, and nothing was shown.
          const isHeard = (status: number) =>
            !AT_THE_DOOR.has(status) || operation.roles.length === 0;
          expect([[...statuses], [...statuses].some(isHeard)]).toEqual([[...statuses], true]);
        },
        TIMEOUT_MS,
      );

      it(
        'refuses as described what does not fit',
        async () => {
          const property = fc.asyncProperty(inputs().broken(), async (sent) => {
            const status = await judged(operation, sent);
            // Who has no key is refused for the path and the signature first.
            const refusals = operation.roles.length === 0 ? [400, 401, 404] : [400];
            expect(refusals).toContain(status);
          });
          await fc.assert(property, { seed, numRuns: BROKEN_RUNS, endOnFailure: true });
        },
        TIMEOUT_MS,
      );
    },
  );

  async function judged(operation: DescribedOperation, sent: Sent): Promise<number> {
    const { exchange, judge } = system();
    const answer = await exchange.send(operation, sent);
    const complaints = judge(operation, answer);
    if (complaints.length === 0) return answer.status;
    throw new Error(`${answer.status} ${complaints.join('; ')}: ${answer.text.slice(0, 1_000)}`);
  }
}

const fits = schemaChecks(DESCRIPTION);
const SOURCE = { ...DESCRIPTION, meaningful: MEANINGFUL };

/** What one operation is sent. */
class Inputs {
  constructor(
    private readonly operation: DescribedOperation,
    private readonly known: KnownValues,
    private readonly system: DescribedInstallation,
  ) {}

  /** What the description allows, with ids that exist among those that don't. */
  fitting(): Arbitrary<Sent> {
    const { body, roles } = this.operation;
    const keys = roles.map((role) => this.system.installation.key[role]);
    const bodies =
      body === null
        ? fc.constant(undefined)
        : valuesOf(SOURCE, body.schema).map((value) => JSON.stringify(value));
    return fc.record({
      path: this.parameters('path'),
      query: this.parameters('query'),
      headers: this.parameters('header'),
      body:
        body === null || body.required ? bodies : fc.option(bodies, { nil: undefined, freq: 4 }),
      key: keys.length === 0 ? fc.constant(null) : fc.constantFrom(...keys),
    });
  }

  /** As above, with a body or one parameter that it does not allow. */
  broken(): Arbitrary<Sent> {
    const { body, parameters } = this.operation;
    const fitting = this.fitting();
    const surprise = fitting.map((sent) => ({ ...sent, query: { ...sent.query, surprise: '1' } }));
    const ways = [surprise, ...parameters.flatMap((one) => this.brokenParameter(fitting, one))];
    if (body !== null) {
      const values = fits(body.schema)({ surprise: 1 })
        ? fc.constantFrom<unknown>([], 'text', 7, null)
        : brokenOf(valuesOf(SOURCE, body.schema));
      const bodies = values.filter((value) => !fits(body.schema)(value));
      const broken = fc.tuple(fitting, bodies);
      ways.push(broken.map(([sent, value]) => ({ ...sent, body: JSON.stringify(value) })));
    }
    return fc.oneof(...ways);
  }

  private brokenParameter(
    fitting: Arbitrary<Sent>,
    { name, in: where, schema }: DescribedParameter,
  ): readonly Arbitrary<Sent>[] {
    const takes = fits(schema);
    if (where === 'path' || takes('')) return [];
    const text = where === 'query' ? STRANGE_TEXT : fc.constantFrom('two words', 'x'.repeat(256));
    const strange = text.filter((value) => !takes(asTyped(schema, value)));
    const set = where === 'query' ? ('query' as const) : ('headers' as const);
    return [
      fc.tuple(fitting, strange).map(([sent, value]) => ({
        ...withoutDryRun(sent),
        [set]: { ...withoutDryRun(sent)[set], [name]: value },
      })),
    ];
  }

  private parameters(where: DescribedParameter['in']): Arbitrary<Record<string, string>> {
    const own = this.operation.parameters.filter((one) => one.in === where);
    const values = own.map(({ name, schema, required }) => {
      const known = this.known.of(this.operation, name);
      const any =
        where === 'header' && !('pattern' in schema)
          ? PLAIN_TEXT
          : valuesOf(SOURCE, schema).map(String);
      // A header is trimmed on its way, and a path without an id is another path.
      const sendable = any.map((text) => text.trim() || 'x');
      const value =
        known.length === 0
          ? sendable
          : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, sendable);
      const isNeeded = required || name === 'Idempotency-Key';
      return [name, isNeeded ? value : seldom(value)] as const;
    });
    return fc.record(Object.fromEntries(values)).map((all) => {
      const given = Object.entries(all).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      return Object.fromEntries(given);
    });
  }
}

/** All parameters at once seldom go together. */
function seldom(values: Arbitrary<string>): Arbitrary<string | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, values);
}

const PLAIN_TEXT = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
const STRANGE_TEXT = fc.oneof(
  fc.constantFrom(
    '',
    '-1',
    '1e9',
    '1.5',
    ' 1',
    'x',
    '9'.repeat(30),
    '2026-01-31',
    '2026-02-30T00:00:00Z',
    'x'.repeat(2_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !/\p{Surrogate}/u.test(text)),
);

/** A parameter as its schema sees it: texts that are numbers are numbers. */
function asTyped(schema: Schema, text: string): unknown {
  return schema['type'] === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;
}

/** With a dry run the Idempotency-Key is not looked at. */
function withoutDryRun(sent: Sent): Sent {
  const { dry_run: _none, ...query } = sent.query ?? {};
  return { ...sent, query };
}
