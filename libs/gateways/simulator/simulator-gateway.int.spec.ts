import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGatewaySimulator } from '../../../apps/gateway-simulator/server.js';
import type { GatewayUnderTest } from '../gateway-calls.contract.js';
import { describePaymentGateway } from '../payment-gateway.contract.js';
import { SimulatorGateway } from './simulator-gateway.js';

describePaymentGateway('gateway simulator over HTTP', openSimulator);

async function openSimulator(): Promise<GatewayUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-simulator-'));
  const simulator = await startGatewaySimulator({ port: 0, host: '127.0.0.1', dataDir });
  const baseUrl = `${simulator.url}/alpha`;
  const gateway = new SimulatorGateway({ name: 'alpha', baseUrl });
  const setFaults = async (faults: Record<string, number>) => {
    const body = JSON.stringify(faults);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${baseUrl}/faults`, { method: 'PUT', headers, body });
    expect(answer.status).toBe(200);
  };
  return {
    gateway,
    tokens: {
      approve: 'tok_approve',
      decline: { token: 'tok_decline_insufficient_funds', code: 'insufficient_funds' },
      actionRequired: 'tok_action_required',
      timeoutAfterEffect: 'tok_timeout_after_effect',
      timeoutBeforeEffect: 'tok_timeout_before_effect',
    },
    settlesAtOnce: true,
    // Beyond 2^53: exact all the same.
    amountMax: 10n ** 17n - 1n,
    act: async (redirectUrl, result) => {
      await fetch(`${redirectUrl}?result=${result}`);
    },
    settleAfter: (delayMs) => setFaults({ settlement_delay_ms: delayMs }),
    authorizeFor: (ttlMs) => setFaults({ authorization_ttl_ms: ttlMs }),
    refundsSettleAfter: (delayMs) => setFaults({ refund_settles_after_ms: delayMs }),
    close: async () => {
      await gateway.close();
      await simulator.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
