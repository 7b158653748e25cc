-- Attempts by key and minute, one row a currency. `_vN` stands for the version of the read model.
create table risk_velocity_vN (
  dimension text not null,
  -- a merchant, its customer, the fingerprint of a token, the hash of an IP address
  key text collate "C" not null,
  -- in which the attempts were made
  minute timestamptz not null,
  currency text not null,
  attempts bigint not null,
  -- sum of the attempts, minor units
  amount numeric not null,
  -- of the last attempt counted: an older one is in the row already
  position text collate "C" not null,
  primary key (dimension, key, minute, currency)
) with (fillfactor = 85);

-- For pruning: what no window reaches any more.
create index on risk_velocity_vN (minute);
