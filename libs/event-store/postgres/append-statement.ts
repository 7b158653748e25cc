import type pg from 'pg';
import type { ExpectedHead, Position, StreamHead } from '../event-store.js';
import { headOf, type ChainedEvent } from '../hash-chain.js';
import { formatPosition } from '../position.js';
import { booleanArray, integerArray, textArray, uuidArray } from '../../platform/binary-arrays.js';

/** One append as it waits for its group commit: everything is serialised, nothing is left to fail on the way. */
export interface AppendCommand {
  readonly stream: string;
  readonly expected: ExpectedHead;
  readonly events: readonly StoredEvent[];
  /** Where the stream stands once this is stored. */
  readonly head: StreamHead;
  readonly bytes: number;
}

interface StoredEvent {
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly metadata: string;
}

export type CommandOutcome =
  | { readonly outcome: 'stored'; readonly position: Position }
  | {
      readonly outcome: 'not stored';
      readonly head: StreamHead | null;
      /** Where the same batch stands in the log already. */
      readonly before: Position | null;
    };

export function appendCommand(
  stream: string,
  expected: ExpectedHead,
  chained: readonly ChainedEvent[],
): AppendCommand {
  let bytes = 0;
  let head: StreamHead = { revision: -1, hash: '' };
  const events = chained.map((event) => {
    const { revision, id, type, version } = event;
    const data = JSON.stringify(event.data);
    const metadata = JSON.stringify(event.metadata);
    bytes += data.length + metadata.length;
    head = headOf(event);
    return { revision, id, type, version, data, metadata };
  });
  return { stream, expected, events, head, bytes };
}

/**
 * One round trip: the outcome of each command, in their order. At most one command of a stream can be stored.
 * Fails with a violation of `events_of_stream` when another writer was faster: then nothing is stored.
 */
export async function appendAll(
  client: pg.ClientBase,
  commands: readonly AppendCommand[],
): Promise<readonly CommandOutcome[]> {
  // Events go in in the order of their streams, so that two writers never wait for each other in a circle.
  const sorted = commands.map((command, index) => ({ command, index }));
  sorted.sort((one, other) => compare(one.command.stream, other.command.stream));
  const { rows } = await client.query<AppendRow>({
    name: 'event-store-append',
    text: APPEND,
    values: parameters(sorted.map(({ command }) => command)),
    rowMode: 'array',
  });
  const [first, ...lost] = rows;
  if (first === undefined) throw new Error('an append answers at least one row');
  const transaction = BigInt(first[1] ?? 0);
  const outcomes: CommandOutcome[] = [];
  let place = 0;
  for (const { command, index } of sorted) {
    place += command.events.length;
    outcomes[index] = { outcome: 'stored', position: formatPosition(transaction, BigInt(place)) };
  }
  for (const row of lost) {
    const loser = sorted[row[0] - 1];
    if (loser !== undefined) outcomes[loser.index] = notStored(loser.command, row);
  }
  return outcomes;
}

/** By bytes, as the "C" collation does; two writers only have to agree. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The hash is the last that `chain` writes into the metadata of an event: `..."hash":"<64 hex digits>"}`. */
const HASH = 'left(right(metadata, 66), 64)';

/**
 * `place` counts within the transaction. A command wins if its stream's newest event is the one that it expects. Should
 * another writer append between that look and the insert, the unique (stream, revision) makes the statement fail as a
 * whole. The losers come back with the stream's head and, where their last event should be, what stands there.
 * Arrays are unnested in select lists, and events name their stream themselves: neither is kept twice, nor joined.
 * Both looks have a limit, as Postgres then goes by the index for each command: planned while the log was small, a join
 * would read the whole of it for each repeat.
 */
const APPEND = `
with command as materialized (
  select c.nth, c.stream, c.last_revision, head.revision, head.hash,
    c.candidate and c.expected = coalesce(head.revision, -1)
      and (c.expected < 0 or c.expected_hash = head.hash) as wins
  from (
    select generate_series(1, cardinality($1::text[])) as nth, unnest($1::text[]) as stream,
      unnest($2::boolean[]) as candidate, unnest($3::integer[]) as expected,
      unnest($4::text[]) as expected_hash, unnest($5::integer[]) as last_revision
  ) as c
  left join lateral (
    select revision, ${HASH} as hash from event_store.events e
    where e.stream = c.stream order by e.revision desc limit 1) as head on true
), this as materialized (
  select pg_current_xact_id()::text::bigint + transaction_offset as transaction,
    array(select wins from command order by nth) as wins
  from event_store.log
), stored as (
  insert into event_store.events
  select (select transaction from this), e.place, e.stream, e.revision, e.id, e.type, e.version, e.data, e.metadata
  from (
    select generate_series(1, cardinality($6::integer[])) as place, unnest($6::integer[]) as nth,
      unnest($7::text[]) as stream, unnest($8::integer[]) as revision, unnest($9::uuid[]) as id,
      unnest($10::text[]) as type, unnest($11::integer[]) as version, unnest($12::text[]) as data,
      unnest($13::text[]) as metadata
  ) as e
  where (select wins from this)[e.nth]
)
select 0, transaction, null::integer, null::text, null::integer, null::text from this
union all
select c.nth, last.transaction, c.revision, c.hash, last.place, last.hash
from command c
left join lateral (
  select transaction, place, ${HASH} as hash from event_store.events e
  where e.stream = c.stream and e.revision = c.last_revision limit 1) as last on true
where not c.wins`;

/** First the transaction; then of each loser: number, head's revision and hash; and of the event at its last revision. */
type AppendRow = [
  nth: number,
  transaction: string | null,
  headRevision: number | null,
  headHash: string | null,
  place: number | null,
  hash: string | null,
];

function notStored(command: AppendCommand, row: AppendRow): CommandOutcome {
  const [, transaction, revision, headHash, place, hash] = row;
  const head = revision === null || headHash === null ? null : { revision, hash: headHash };
  // The hash covers the whole batch and what it stands behind: the same ids with other content are not the same batch.
  const same = hash === command.head.hash && transaction !== null && place !== null;
  const before = same ? formatPosition(BigInt(transaction), BigInt(place)) : null;
  return { outcome: 'not stored', head, before };
}

function parameters(commands: readonly AppendCommand[]): Buffer[] {
  const seen = new Set<string>();
  const candidates = commands.map(({ stream }) => seen.size !== seen.add(stream).size);
  const expected = commands.map(({ expected: head }) => (head === 'no stream' ? null : head));
  const events = commands.flatMap((command) => command.events);
  const ofCommands = commands.flatMap((command, index) => command.events.map(() => index + 1));
  const streams = ofCommands.map((nth) => commands[nth - 1]?.stream ?? '');
  return [
    textArray(commands.map((command) => command.stream)),
    booleanArray(candidates),
    integerArray(expected.map((head) => head?.revision ?? -1)),
    textArray(expected.map((head) => head?.hash ?? '')),
    integerArray(commands.map((command) => command.head.revision)),
    integerArray(ofCommands),
    textArray(streams),
    integerArray(events.map((event) => event.revision)),
    uuidArray(events.map((event) => event.id)),
    textArray(events.map((event) => event.type)),
    integerArray(events.map((event) => event.version)),
    textArray(events.map((event) => event.data)),
    textArray(events.map((event) => event.metadata)),
  ];
}
