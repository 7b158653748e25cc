import type { Queryable } from '../../libs/platform/queryable.js';
import { PaymentLists } from './payment-lists.js';

it('lists that differ in their values alone share a query, sixteen at most', async () => {
  const sizes: number[] = [];
  const pool: Queryable = {
    query: async ({ values: [tenants] }: { values: unknown[][] }) => {
      sizes.push(tenants?.length ?? 0);
      return { rows: [] };
    },
  } as unknown as Queryable; // reason: lists that are planned once ask in this one way
  const lists = new PaymentLists(pool);

  const asked = Array.from({ length: 40 }, (_, nth) =>
    lists.list({ tenant: `mer_${nth}` }, { limit: 20, cursor: null }),
  );
  await Promise.all(asked);

  expect(sizes).toEqual([16, 16, 8]);
});
