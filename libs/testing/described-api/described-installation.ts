import { readFileSync } from 'node:fs';
import { startInstallation, type Installation } from '../installation.js';
import { descriptionOf, type DescribedOperation, type Description } from './description.js';
import { Exchange, type Sent } from './exchange.js';
import { judgeOf, type Answer, type Judge } from './judging.js';

/** A running installation, with what its committed description says of it. */
export interface DescribedInstallation {
  readonly installation: Installation;
  readonly exchange: Exchange;
  readonly judge: Judge;
  /** By the id of the operation; fails where the answer is not as described. */
  readonly call: (
    id: string,
    sent: Sent,
  ) => Promise<Answer & { readonly body: Readonly<Record<string, unknown>> }>;
  close(): Promise<void>;
}

/** As committed; known before anything is started, so that each operation has tests of its own. */
export const DESCRIPTION: Description = descriptionOf(
  JSON.parse(readFileSync('docs/openapi.json', 'utf8')),
);

export function operationCalled(id: string): DescribedOperation {
  const operation = DESCRIPTION.operations.find((known) => known.id === id);
  if (operation === undefined) throw new Error(`the description has no operation ${id}`);
  return operation;
}

export async function startDescribedInstallation(
  env: Readonly<Record<string, string>> = {},
): Promise<DescribedInstallation> {
  const installation = await startInstallation(env);
  const exchange = new Exchange(installation.url);
  const judge = judgeOf(DESCRIPTION);
  return {
    installation,
    exchange,
    judge,
    call: async (id, sent) => {
      const operation = operationCalled(id);
      const answer = await exchange.send(operation, sent);
      expect([judge(operation, answer), answer.text]).toEqual([[], answer.text]);
      const isJson = String(answer.headers['content-type'] ?? '').includes('json');
      return {
        ...answer,
        body: isJson ? (JSON.parse(answer.text) as Record<string, unknown>) : {},
      };
    },
    close: async () => {
      await exchange.close();
      await installation.dispose();
    },
  };
}

/** A line on the output of each process whose Object.prototype was touched by what it read. */
export const PROTOTYPE_TOUCHED = 'Object.prototype was touched';

/** For NODE_OPTIONS: watches Object.prototype until the process ends. */
export function prototypeWatch(): string {
  const script = `
    const before = Reflect.ownKeys(Object.prototype).length;
    process.on('exit', () => {
      if (Reflect.ownKeys(Object.prototype).length !== before) console.error('${PROTOTYPE_TOUCHED}');
    });`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}
