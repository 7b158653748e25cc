-- One row a payment that a person was ever asked about, with the latest asking. `_vN` stands for the version.
create table reviews_vN (
  payment_id text collate "C" primary key,
  -- of the latest asking: an older one never changes the row
  revision integer not null,
  since timestamptz not null,
  origin text not null,
  -- JSON list of texts
  reasons text not null
);

create index reviews_vN_newest on reviews_vN (since, payment_id);
