import { auditTrail } from '../../../projections/audit-trail/project.js';
import { customerStatements } from '../../../projections/customer-statements/project.js';
import { paymentHistory } from '../../../projections/payment-history/project.js';
import { reviews } from '../../../projections/reviews/project.js';
import { riskVelocity } from '../../../projections/risk-velocity/project.js';
import {
  defineProjection,
  type Batch,
  type ProjectionCode,
  type StreamReader,
} from '../../../projections/runner/projection.js';
import { viewOf } from '../../payments/payment.view.js';
import { LOG_START, type Position, type RecordedEvent } from '../../event-store/event-store.js';

/** Rows and checkpoint of one read model, changed together. Survives crashes. */
export class ReadModel {
  position: Position = LOG_START;
  readonly states = new Map<string, string>();
  readonly rows = new Set<string>();

  constructor(readonly folding: Folding) {}

  /** In one transaction. */
  commit(page: PreparedPage, position: Position): void {
    for (const [key, state] of page.states) this.states.set(key, state);
    for (const row of page.rows) this.rows.add(row);
    this.position = position;
  }
}

/** A projection's pure part behind the runner's own memory of states, whatever its types are. */
export interface Folding {
  readonly name: string;
  open(streams: StreamReader): (events: readonly RecordedEvent[]) => Promise<PreparedPage>;
}

export interface PreparedPage {
  readonly states: readonly (readonly [string, string])[];
  readonly rows: readonly string[];
}

const NO_ROW = () => null;

export const FOLDINGS: readonly Folding[] = [
  foldingOf(auditTrail, NO_ROW),
  foldingOf(customerStatements, NO_ROW),
  foldingOf(paymentHistory, (payment) => JSON.stringify(viewOf(payment))),
  foldingOf(reviews, NO_ROW),
  foldingOf(riskVelocity, NO_ROW),
];

/** How the model differs from the same events folded anew; null: not at all. */
export async function differenceToFreshFold(
  model: ReadModel,
  events: readonly RecordedEvent[],
): Promise<string | null> {
  const fresh = new ReadModel(model.folding);
  const prepare = model.folding.open(() => Promise.resolve([]));
  fresh.commit(await prepare(events), model.position);
  const { name } = model.folding;
  for (const [key, state] of fresh.states) {
    if (model.states.get(key) !== state) return `${name}: the row of ${key} is not its fold`;
  }
  if (model.states.size !== fresh.states.size) return `${name}: it holds other keys`;
  for (const row of fresh.rows) if (!model.rows.has(row)) return `${name}: ${row} is missing`;
  if (model.rows.size !== fresh.rows.size) return `${name}: it holds rows that nothing made`;
  return null;
}

/** `rowOf`: the row that a state is; null: it is none, and only rows beside it are kept. */
function foldingOf<State, Row>(
  code: ProjectionCode<State, Row>,
  rowOf: (state: State) => string | null,
): Folding {
  return {
    name: code.name,
    open: (streams) => {
      let written: Batch<State, Row> = { states: new Map(), rows: [] };
      const write = (batch: Batch<State, Row>) => {
        written = batch;
        return [];
      };
      const projector = defineProjection({ ...code, write }, '').open(1, streams);
      return async (events) => {
        await projector.statements(events);
        return {
          states: [...written.states].flatMap(([key, state]) => {
            const row = rowOf(state);
            return row === null ? [] : [[key, row] as const];
          }),
          rows: written.rows.map((row) => JSON.stringify(row)),
        };
      };
    },
  };
}
