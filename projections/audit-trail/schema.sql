-- One row an event of every stream. Stream, revision and hash are witnesses of the log. `_vN` stands for the version.
create table audit_trail_vN (
  -- its 32 hex digits, in half the room
  position uuid primary key,
  event_id uuid not null,
  stream text collate "C" not null,
  revision integer not null,
  hash text not null,
  merchant_id text collate "C",
  type text collate "C" not null,
  actor text collate "C" not null,
  at timestamptz not null,
  reason text,
  correlation_id text not null,
  causation_id text not null,
  -- JSON of an operator's change
  before text,
  after text
);

-- Payments' ids come in no order: a hash takes a quarter of the room of a tree and half of its work.
create index audit_trail_vN_of_stream on audit_trail_vN using hash (stream);
create index audit_trail_vN_of_merchant on audit_trail_vN (merchant_id, position)
  where merchant_id is not null;
create index audit_trail_vN_of_actor on audit_trail_vN (actor, position);
create index audit_trail_vN_of_type on audit_trail_vN (type, position);

-- Which positions the events of ten minutes have, so that a range of instants is a range of rows.
create table audit_times_vN (
  -- the first 15 characters of their ISO instants
  period text collate "C" primary key,
  first_position uuid not null,
  last_position uuid not null
) with (fillfactor = 50);
