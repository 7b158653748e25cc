import { ConfigError } from './config.js';
import { startManagementServer, type ManagementServer } from './management-server.js';
import { Metrics } from './metrics.js';

describe('management server', () => {
  let reason: string | null = null;
  let server: ManagementServer;
  const metrics = new Metrics('spec');

  beforeAll(async () => {
    server = await startManagementServer({
      port: 0,
      metrics,
      readiness: [
        { name: 'store', check: () => reason },
        { name: 'schema', check: () => Promise.resolve(null) },
      ],
    });
  });
  afterAll(() => server.close());

  it('is live, and ready while every check is content', async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  });

  it('stays live but is not ready while a check complains, and names it', async () => {
    reason = 'unreachable';
    const ready = await fetch(`${server.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      status: 'not ready',
      reasons: [{ name: 'store', reason: 'unreachable' }],
    });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    reason = null;
  });

  it('serves metrics under the prefix of the house', async () => {
    metrics
      .counter({ name: 'spec_total', help: 'Counted by a spec.', labels: ['kind'] })
      .inc({ kind: 'a' });
    metrics.gauge({ name: 'spec_lag', help: 'Collected.' }, (gauge) => gauge.set(7));
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain('tillstream_spec_total{kind="a",process="spec"} 1');
    expect(text).toContain('tillstream_spec_lag{process="spec"} 7');
    expect(text).toContain('tillstream_process_cpu_seconds_total');
  });

  it('names the variable where it can not listen', async () => {
    const port = Number(new URL(server.url).port);
    const starting = (at: { port: number; host?: string }) =>
      startManagementServer({ ...at, metrics, readiness: [] });
    const taken = 'MANAGEMENT_PORT can not be listened on (EADDRINUSE); name a free one.';
    await expect(starting({ port })).rejects.toThrow(new ConfigError([taken]));
    const elsewhere = 'MANAGEMENT_HOST is no address of this machine (EADDRNOTAVAIL).';
    await expect(starting({ port: 0, host: '192.0.2.1' })).rejects.toThrow(
      new ConfigError([elsewhere]),
    );
  });

  it('knows nothing else', async () => {
    expect((await fetch(`${server.url}/other`)).status).toBe(404);
    expect((await fetch(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405);
  });
});
