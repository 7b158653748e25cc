import type { RiskSubject } from '../risk/risk-assessor.js';
import type { ConfiguredRule, RuleEntry } from '../risk/risk-rule.js';
import { riskRulesSchema } from '../risk/rules.js';

/** 25.00 EUR of a customer with a French card. */
export function riskSubject(over: Partial<RiskSubject> = {}): RiskSubject {
  return {
    paymentId: 'pay_1',
    merchantId: 'mer_one',
    amount: 2500n,
    currency: 'EUR',
    paymentMethod: { type: 'card', token: 'tok_a', network: 'visa', country: 'FR' },
    customerId: 'cus_1',
    orderId: null,
    metadata: null,
    customerIpHash: 'ip_hash',
    customerEmailHash: 'mail_hash',
    at: '2026-03-01T10:30:20.000Z',
    ...over,
  };
}

/** Rules as they would be configured. */
export function rulesOf(...entries: readonly RuleEntry[]): readonly ConfiguredRule[] {
  return riskRulesSchema().parse(entries);
}
