import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { charge, eventually, on } from './gateway-calls.contract.js';
import { HTTP_ADAPTERS } from './http-adapters.contract.js';

/** More than a bulkhead holds by default; COMMANDS_IN_FLIGHT_MAX can make it larger than this. */
const CALLS = 600;
const HANGS_MS = 10_000;
const TIMEOUT_MS = 3_000;

describe.each(HTTP_ADAPTERS)(
  'while calls hang at the gateway behind the adapter %s',
  (_name, open) => {
    let server: Server;
    let hanging = 0;
    let gateway: ReturnType<typeof open>;
    beforeEach(async () => {
      hanging = 0;
      server = createServer((request, response) => {
        if (request.method === 'POST') {
          hanging += 1;
          return;
        }
        const error = { type: 'invalid_request_error', code: 'operation_not_found' };
        response.writeHead(404, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error }));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      // reason: a server that listens on a port has such an address
      gateway = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
    afterEach(async () => {
      server.closeAllConnections();
      await gateway.close();
      await new Promise((resolve) => server.close(resolve));
    });

    it('all of them are on their way, and questions are answered', async () => {
      const capture = on(charge('authorize', 'pm_card_visa'), 'pi_1', {
        operation: 'capture',
        final: true,
      });
      const calls = Array.from({ length: CALLS }, () =>
        gateway.send(charge('purchase', 'pm_card_visa'), HANGS_MS),
      );
      await eventually(() => Promise.resolve(hanging === CALLS));
      expect(await gateway.ask(capture, TIMEOUT_MS)).toEqual({ outcome: 'not_found' });
      server.closeAllConnections();
      await Promise.all(calls);
    });
  },
);
