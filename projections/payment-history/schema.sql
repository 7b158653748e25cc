-- One row a payment. `_vN` stands for the version of the read model.
create table payment_history_vN (
  id text collate "C" primary key,
  merchant_id text not null,
  customer_id text,
  order_id text,
  status text not null,
  currency text not null,
  amount numeric not null,
  amount_authorized numeric not null,
  amount_captured numeric not null,
  amount_refunded numeric not null,
  amount_charged_back numeric not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- of the last event in the row: an older event never changes it
  revision integer not null,
  open_operation text,
  open_since timestamptz,
  -- the payment as lists show it
  view text not null
) with (fillfactor = 85, toast_tuple_target = 8160);

create index payment_history_vN_newest on payment_history_vN (created_at, id);
create index payment_history_vN_of_merchant on payment_history_vN (merchant_id, created_at, id);
create index payment_history_vN_of_status on payment_history_vN (status, created_at, id);
create index payment_history_vN_of_customer on payment_history_vN (customer_id, created_at, id)
  where customer_id is not null;
create index payment_history_vN_of_order on payment_history_vN using hash (order_id)
  where order_id is not null;
create index payment_history_vN_open on payment_history_vN (open_since)
  where open_operation is not null;

-- For plans that are made once for all merchants. Where one has nearly all payments, Postgres would count one merchant,
-- take the newest of all payments for those of any, and read the giant's whole table for a list of another.
alter table payment_history_vN alter column merchant_id set (n_distinct = 1000);
