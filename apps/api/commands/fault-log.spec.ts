import { StoreUnavailable } from '../../../libs/event-store/event-store.js';
import { InMemoryEventStore } from '../../../libs/event-store/in-memory/in-memory-event-store.js';
import { PaymentCallRunner } from '../../../libs/orchestration/payment-call-runner.js';
import { call, create, house } from '../../../libs/testing/payment-house.js';
import { ScriptedGateway } from '../../../libs/testing/scripted-gateway.js';
import { faultLog } from './fault-log.js';

class FullDisk extends InMemoryEventStore {
  override append(): Promise<never> {
    const cause = new Error('No space left on device');
    throw new StoreUnavailable('Postgres refused the append', { cause });
  }
}

describe('the log of an API', () => {
  const lines: unknown[] = [];
  let nowMs = 0;
  const log = faultLog({ error: (line: unknown) => void lines.push(line) }, () => nowMs);

  it('tells why calls are answered 503, now and then', async () => {
    const { ports } = house([new ScriptedGateway('alpha')], {}, { store: new FullDisk() });
    const runner = new PaymentCallRunner(ports, log);
    const refused = { kind: 'refused', code: 'STORE_UNAVAILABLE' };
    for (nowMs = 0; nowMs <= 10_000; nowMs += 5_000) {
      expect(await runner.execute(call(create(), `k${nowMs}`))).toMatchObject(refused);
    }
    expect(lines).toHaveLength(2);
    const err = { cause: { message: 'No space left on device' } };
    expect(lines[0]).toMatchObject({ err, correlationId: expect.any(String) });
  });
});
