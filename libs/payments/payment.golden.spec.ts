import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PaymentEventType } from './payment.events.js';
import { evolvePayment, foldPayment, type RecordedPaymentEvent } from './payment.fold.js';
import { EVENT_VERSIONS, upcast, type StoredPaymentEvent } from './payment.upcasters.js';

const GOLDEN = path.join(process.cwd(), 'libs/payments/golden');

/** What must have happened before an event of this type; each golden file continues such a history. */
const BEFORE: Record<PaymentEventType, readonly PaymentEventType[]> = (() => {
  const created = ['PaymentInitiated'] as const;
  const asked = [...created, 'AuthorizationRequested'] as const;
  const authorized = [...asked, 'AuthorizationApproved'] as const;
  const purchasing = [...created, 'PurchaseRequested'] as const;
  const purchased = [...purchasing, 'PurchaseApproved'] as const;
  const review = [...created, 'ReviewRequested'] as const;
  const capturing = [...authorized, 'CaptureRequested'] as const;
  const incrementing = [...authorized, 'IncrementRequested'] as const;
  const voiding = [...authorized, 'VoidRequested'] as const;
  const refunding = [...purchased, 'RefundRequested'] as const;
  const overpaid = [...refunding, 'RefundSucceeded', 'DisputeOpened'] as const;
  return {
    PaymentInitiated: [],
    PaymentFailed: created,
    ReviewRequested: created,
    ReviewApproved: review,
    ReviewRejected: review,
    PaymentCancelled: created,
    RetryRequested: [...created, 'PaymentFailed'],
    AuthorizationRequested: created,
    PurchaseRequested: created,
    AuthorizationApproved: asked,
    PurchaseApproved: purchasing,
    AttemptDeclined: asked,
    AttemptRefused: asked,
    ActionRequired: asked,
    OperationPending: asked,
    OutcomeUnknown: asked,
    CaptureRequested: authorized,
    CaptureApproved: capturing,
    CaptureDeclined: capturing,
    IncrementRequested: authorized,
    IncrementApproved: incrementing,
    IncrementDeclined: incrementing,
    VoidRequested: authorized,
    VoidApproved: voiding,
    VoidDeclined: voiding,
    RefundRequested: purchased,
    RefundPending: refunding,
    RefundSucceeded: refunding,
    RefundFailed: refunding,
    AuthorizationExpired: authorized,
    AuthorizationExtended: authorized,
    CaptureSettled: purchased,
    SettlementFailed: purchased,
    DisputeOpened: purchased,
    DisputeWon: [...purchased, 'DisputeOpened'],
    DisputeLost: [...purchased, 'DisputeOpened'],
    FactUnmatched: created,
    MoneyRuleBroken: overpaid,
    OperatorResolved: [...overpaid, 'MoneyRuleBroken'],
  };
})();

const TYPES = Object.keys(EVENT_VERSIONS) as readonly PaymentEventType[];
const FILES = readdirSync(GOLDEN);

function golden(type: string, version: number): StoredPaymentEvent {
  return JSON.parse(readFileSync(path.join(GOLDEN, `${type}.v${version}.json`), 'utf8'));
}

function recorded(event: StoredPaymentEvent, revision: number): RecordedPaymentEvent {
  const at = new Date(Date.UTC(2026, 2, 1, 10, 0, revision)).toISOString();
  return { ...event, metadata: { at } };
}

function history(type: PaymentEventType): readonly RecordedPaymentEvent[] {
  return BEFORE[type].map((before, index) =>
    recorded(golden(before, EVENT_VERSIONS[before]), index),
  );
}

describe('stored shapes are for ever (I-31)', () => {
  it('has one file for each version of each event type, and no other', () => {
    const expected = TYPES.flatMap((type) =>
      Array.from({ length: EVENT_VERSIONS[type] }, (_, index) => `${type}.v${index + 1}.json`),
    );
    expect([...FILES].sort()).toEqual(expected.sort());
  });

  it.each(FILES)('%s holds its type and version', (file) => {
    const [type = '', version = ''] = file.split('.v');
    const stored = golden(type, Number.parseInt(version, 10));
    expect(stored.type).toBe(type);
    expect(stored.version).toBe(Number.parseInt(version, 10));
    expect(Object.keys(stored).sort()).toEqual(['data', 'type', 'version']);
  });

  it.each(FILES)('%s holds no amount as a number', (file) => {
    const { data } = JSON.parse(readFileSync(path.join(GOLDEN, file), 'utf8'));
    for (const [name, value] of Object.entries(data)) {
      if (/amount|excess/i.test(name)) expect(value).toMatch(/^\d+$/);
    }
  });

  it.each(TYPES)('%s in its current version comes through the codec unchanged', (type) => {
    const stored = golden(type, EVENT_VERSIONS[type]);
    expect(upcast(stored)).toEqual({ type: stored.type, data: stored.data });
  });

  it.each(FILES)('%s still folds', (file) => {
    const [name = '', version = ''] = file.split('.v');
    const type = TYPES.find((known) => known === name);
    if (type === undefined) throw new Error(`${name} is no event type`);
    const before = history(type);
    const payment = foldPayment(before);
    const next = recorded(golden(type, Number.parseInt(version, 10)), before.length);
    const after = evolvePayment(payment, next);
    expect(after.revision).toBe(before.length);
    expect(after.updatedAt).toBe(next.metadata.at);
    // An event that changes nothing but its place would be lost without anybody seeing it.
    if (payment !== null) {
      expect({ ...after, revision: 0, updatedAt: '' }).not.toEqual({
        ...payment,
        revision: 0,
        updatedAt: '',
      });
    }
  });
});
