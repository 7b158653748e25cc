import type { Operation, Payment } from '../payments/payment.state.js';

/**
 * The money rules of one payment, computed from its operations and disputes only and so independent of the totals
 * that the payment keeps. A rule that a recorded fact broke (`knownExcess`) is no breach.
 */
export function moneyRuleBreaches(payment: Payment): readonly string[] {
  const { operations, disputes } = payment;
  const captured = sum(
    operations.filter(
      (operation) =>
        operation.outcome === 'approved' &&
        (operation.operation === 'capture' ||
          (operation.operation === 'purchase' && operation.undo === 'no' && !operation.voided)),
    ),
  );
  const refunds = operations.filter(
    (operation) => operation.operation === 'refund' && operation.cause === 'command',
  );
  const refunded = sum(refunds.filter((refund) => refund.outcome === 'approved'));
  const refunding = sum(refunds.filter(isInFlight));
  const chargedBack = sum(
    disputes.filter((dispute) => {
      const disputed = operations[dispute.intent - 1];
      const undone = disputed !== undefined && 'undo' in disputed && disputed.undo !== 'no';
      return dispute.status !== 'won' && !undone;
    }),
  );
  const totals = {
    amountCaptured: captured,
    amountRefunded: refunded,
    amountRefunding: refunding,
    amountChargedBack: chargedBack,
  };
  const breaches: string[] = [];
  for (const [name, amount] of Object.entries(totals)) {
    const kept = payment[name as keyof typeof totals];
    if (kept !== amount) breaches.push(`${name} is ${kept}, its operations say ${amount}`);
    if (amount < 0n) breaches.push(`${name} is negative`);
  }
  const excess =
    positive(captured - payment.amountAuthorized) +
    positive(refunded + refunding + chargedBack - captured);
  if (excess > payment.knownExcess) {
    breaches.push(`money rules are broken by ${excess}, recorded are ${payment.knownExcess}`);
  }
  const open = operations.filter(isOpenIntent);
  if (open.length > 1) breaches.push(`${open.length} intents are open`);
  const resting = operations.filter(
    (operation) =>
      (operation.operation === 'authorize' || operation.operation === 'purchase') &&
      operation.outcome === 'approved' &&
      operation.undo === 'no' &&
      !operation.voided,
  );
  if (resting.length > 1 && !onlyLastHolds(payment, resting)) {
    breaches.push(`the payment rests on ${resting.length} approvals`);
  }
  operations.forEach((operation, index) => {
    if (operation.intent !== index + 1) breaches.push(`intent ${operation.intent} is out of order`);
    if (operation.amount < 0n) breaches.push(`intent ${operation.intent} is negative`);
  });
  if (new Set(payment.facts).size !== payment.facts.length) breaches.push('a fact counts twice');
  if (new Set(operations.map((operation) => operation.key)).size !== operations.length) {
    breaches.push('two intents share a key');
  }
  return breaches;
}

/** Approvals of earlier lives hold nothing any more: their authorization is gone. */
function onlyLastHolds(payment: Payment, resting: readonly Operation[]): boolean {
  return resting.slice(0, -1).every((operation) => operation.intent <= payment.lifeFrom);
}

function isInFlight(operation: Operation): boolean {
  return ['open', 'unknown', 'pending'].includes(operation.outcome);
}

function isOpenIntent(operation: Operation): boolean {
  return (
    isInFlight(operation) && !(operation.operation === 'refund' && operation.outcome === 'pending')
  );
}

function sum(parts: readonly { readonly amount: bigint }[]): bigint {
  return parts.reduce((total, part) => total + part.amount, 0n);
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
