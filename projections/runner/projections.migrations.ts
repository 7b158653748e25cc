import type { Migration } from '../../libs/platform/migrations.js';

/**
 * `projections` says which version each read model is read from; `projection_versions` is the checkpoint of each
 * version. The fencing token stands in the checkpoint's row, so that a writer whose lease has passed on finds it
 * changed in its own transaction. Positions compare as bytes. `refused`: built, but other than the live one.
 */
const SCHEMA = `
create sequence projection_fencing;

create table projections (
  name text primary key,
  active_version integer not null,
  versions_made integer not null
);

create table projection_versions (
  name text not null references projections (name),
  version integer not null,
  schema_version integer not null,
  state text not null check (state in ('building', 'refused', 'live', 'retired')),
  log_id text not null,
  position text collate "C" not null,
  fencing_token bigint not null default 0,
  paused_until timestamptz,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  primary key (name, version)
) with (fillfactor = 50);

create unique index projection_versions_one_live on projection_versions (name) where state = 'live';

create table projection_leases (
  name text primary key,
  holder text not null,
  token bigint not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null
) with (fillfactor = 50);
`;

export const PROJECTION_MIGRATIONS: readonly Migration[] = [{ name: '001-registry', sql: SCHEMA }];
