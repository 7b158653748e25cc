-- One row a movement of a customer's money. `_vN` stands for the version of the read model.
create table customer_statements_vN (
  position text collate "C" not null,
  kind text not null check (kind in ('capture', 'refund', 'chargeback', 'reversal')),
  at timestamptz not null,
  payment_id text collate "C" not null,
  merchant_id text not null,
  customer_id text not null,
  currency text not null,
  -- signed: what went back is negative
  amount numeric not null,
  -- of the event that moved it: a statement is proven by them
  revision integer not null,
  hash text not null,
  primary key (position, kind)
);

-- Merchants name their customers themselves: a name that many use costs none of them the lines of the others.
create index customer_statements_vN_of_customer
  on customer_statements_vN (customer_id, currency, merchant_id, at, position, kind);
