import type { RecordedEvent } from '../event-store/event-store.js';
import { EVENT_VERSIONS } from '../payments/payment.upcasters.js';
import type { ProjectionCode } from '../../projections/runner/projection.js';
import { PAYMENT_LIVES, recordedLife, unknownEvent } from './payment-lives.js';

/** A projection without tables: what it would keep and add. */
export class ProjectionRun<State, Row> {
  readonly states = new Map<string, State>();
  readonly rows: Row[] = [];

  constructor(readonly code: ProjectionCode<State, Row>) {}

  apply(events: readonly RecordedEvent[]): this {
    for (const event of events) {
      const key = this.code.keyOf(event);
      const before = key === null ? null : (this.states.get(key) ?? null);
      const { state, rows } = this.code.project(before, event);
      this.rows.push(...rows);
      if (key !== null && state !== null) this.states.set(key, state);
    }
    return this;
  }

  /** Everything that it holds now; comparable. */
  snapshot(): unknown {
    return structuredClone({ states: [...this.states], rows: this.rows });
  }
}

/** Applied, applied twice, unknown event: for every event of every life. `unknownIs`: what an unknown event leaves. */
export function describeEveryEvent<State, Row>(
  code: ProjectionCode<State, Row>,
  unknownAddsRow: boolean,
): void {
  describe.each(Object.entries(PAYMENT_LIVES))('%s', (_name, life) => {
    const events = recordedLife(life);

    it.each(events.map((event) => [event.type, event.revision] as const))(
      '%s (revision %i) is applied, and only once',
      (_type, revision) => {
        const run = new ProjectionRun(code).apply(events.slice(0, revision));
        const before = run.snapshot();
        run.apply(events.slice(revision, revision + 1));
        expect(run.snapshot()).not.toEqual(before);
        const states = structuredClone([...run.states]);
        run.apply(events.slice(0, revision + 1));
        expect([...run.states]).toEqual(states);
      },
    );

    it('passes over an event of a newer release and goes on', () => {
      const run = new ProjectionRun(code).apply(events);
      const rows = run.rows.length;
      run.apply([unknownEvent(events.length)]);
      expect(run.rows).toHaveLength(rows + (unknownAddsRow ? 1 : 0));
    });
  });

  it('meets every type of event in these lives', () => {
    const met = new Set(Object.values(PAYMENT_LIVES).flatMap((life) => life.map(([type]) => type)));
    expect([...met].sort()).toEqual(Object.keys(EVENT_VERSIONS).sort());
  });
}
