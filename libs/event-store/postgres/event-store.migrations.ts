import type { Migration } from '../../platform/migrations.js';

/**
 * `events.transaction` and `events.place` together are the global order. The transaction's number is the cluster's own
 * plus `log.transaction_offset`, which is 0 until a restored copy is adopted by a cluster that counts from further below.
 * `place` counts within the transaction. Data and metadata are text: jsonb would reorder keys and rewrite numbers, and
 * the hash chain is over what was sent.
 */
const SCHEMA = `
create schema event_store;

create table event_store.log (
  only_row boolean primary key default true check (only_row),
  id text not null,
  identity text not null,
  transaction_offset bigint not null default 0
);

create function event_store.cluster_identity() returns text language plpgsql as $$
declare
  cluster text := '?';
begin
  begin
    select system_identifier::text into cluster from pg_control_system();
  exception when insufficient_privilege then
    null; -- some hosted servers don't tell; the database's number still does
  end;
  return cluster || '/' || (select oid from pg_database where datname = current_database());
end $$;

insert into event_store.log (id, identity)
values ('log_' || left(replace(gen_random_uuid()::text, '-', ''), 12), event_store.cluster_identity());

create table event_store.streams (
  stream text collate "C" primary key,
  revision integer not null,
  hash text not null
) with (fillfactor = 80);

create table event_store.events (
  transaction bigint not null,
  place integer not null,
  stream text collate "C" not null,
  revision integer not null,
  id uuid not null,
  type text not null,
  version integer not null,
  data text not null,
  metadata text not null,
  constraint events_in_order primary key (transaction, place),
  constraint events_of_stream unique (stream, revision),
  constraint events_once unique (id)
);
`;

/**
 * One call a group commit. Heads are locked in the order of their names, so that two writers never wait for each other
 * in a circle: first the existing ones, then the new ones are inserted in order. Only candidates (at most one a stream)
 * can win; for every other command it tells where the head stands now and whether the batch is in the log already.
 */
const APPEND = `
create function event_store.append(
  streams text[], candidates boolean[], expected integer[], expected_hashes text[],
  revisions integer[], hashes text[],
  of_commands integer[], event_revisions integer[], ids uuid[], types text[], versions integer[],
  data text[], metadata text[]
) returns table (
  command integer, transaction bigint, head_revision integer, head_hash text,
  stored_events integer, stored_transaction bigint, stored_place integer, stored_hash text
) language plpgsql as $$
#variable_conflict use_column
declare
  this_transaction bigint;
  won integer[];
begin
  perform from event_store.streams s
  where s.stream in (
    select c.stream from unnest(streams, candidates, expected) as c(stream, candidate, expected)
    where c.candidate and c.expected >= 0
  )
  order by s.stream for update;

  this_transaction := pg_current_xact_id()::text::bigint + (select transaction_offset from event_store.log);

  with c as materialized (
    select * from unnest(streams, candidates, expected, expected_hashes, revisions, hashes)
      with ordinality as c(stream, candidate, expected, expected_hash, revision, hash, command)
    where c.candidate
  ), created as (
    insert into event_store.streams as s (stream, revision, hash)
    select c.stream, c.revision, c.hash from c where c.expected < 0 order by c.stream
    on conflict do nothing returning s.stream
  ), moved as (
    update event_store.streams s set revision = c.revision, hash = c.hash from c
    where c.expected >= 0 and s.stream = c.stream and s.revision = c.expected and s.hash = c.expected_hash
    returning s.stream
  ), winners as materialized (
    select c.command, c.stream from c
    join (select stream from created union all select stream from moved) w on w.stream = c.stream
  ), stored as (
    insert into event_store.events
    select this_transaction, e.place, w.stream, e.revision, e.id, e.type, e.version, e.data, e.metadata
    from unnest(of_commands, event_revisions, ids, types, versions, data, metadata)
      with ordinality as e(command, revision, id, type, version, data, metadata, place)
    join winners w on w.command = e.command
  )
  select coalesce(array_agg(w.command), '{}') into won from winners w;

  return query select 0, this_transaction, null::integer, null::text, null::integer, null::bigint,
    null::integer, null::text;
  if cardinality(won) = cardinality(streams) then return; end if;

  return query
  with lost as materialized (
    select c.command::integer as command, c.stream, c.revision
    from unnest(streams, revisions) with ordinality as c(stream, revision, command)
    where c.command <> all (won)
  ), found as materialized (
    select l.command, count(*)::integer as events
    from unnest(of_commands, event_revisions, ids) as e(command, revision, id)
    join lost l on l.command = e.command
    join event_store.events v on v.id = e.id and v.stream = l.stream and v.revision = e.revision
    group by l.command
  )
  select l.command, null::bigint, s.revision, s.hash, f.events, v.transaction, v.place, v.metadata::json->>'hash'
  from lost l
  left join event_store.streams s on s.stream = l.stream
  left join found f on f.command = l.command
  left join event_store.events v on f.events is not null and v.stream = l.stream and v.revision = l.revision;
end $$;
`;

/**
 * The newest event of a stream is its head, and the unique (stream, revision) lets one of several appends have the next
 * place: heads of their own were a third of an append's work. A writer of an older release is refused from here on.
 */
const HEADS_IN_EVENTS = `
drop function event_store.append(text[], boolean[], integer[], text[], integer[], text[],
  integer[], integer[], uuid[], text[], integer[], text[], text[]);
drop table event_store.streams;
`;

export const EVENT_STORE_MIGRATIONS: readonly Migration[] = [
  { name: '001-schema', sql: SCHEMA },
  { name: '002-append', sql: APPEND },
  { name: '003-heads-in-events', sql: HEADS_IN_EVENTS },
];
