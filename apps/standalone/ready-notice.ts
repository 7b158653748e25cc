import { randomBytes } from 'node:crypto';

const FIRST_PAYMENT = {
  amount: 2500,
  currency: 'EUR',
  payment_method: { type: 'card', token: 'tok_approve' },
  capture_method: 'automatic',
};

/** What `npm start` ends with: where it is, a payment to paste, and the keys of this machine. */
export function readyNotice(url: string, keys: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(keys).map((role) => role.length));
  const lines = Object.entries(keys).map(([role, key]) => `  ${role.padEnd(width)}  ${key}`);
  return `
Tillstream is ready on ${url}

Try a payment:

curl -sS -X POST ${url}/v1/payments \\
  -H 'Authorization: Bearer ${keys['merchant'] ?? '<merchant key>'}' \\
  -H 'Idempotency-Key: first-${randomBytes(4).toString('hex')}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(FIRST_PAYMENT)}'

Keys of this machine:

${lines.join('\n')}

`;
}
