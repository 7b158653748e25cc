import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { Command } from 'commander';
import { LOG_START, type EventStore } from '../../libs/event-store/event-store.js';
import type { Environment } from '../../libs/platform/config.js';
import { errorCode } from '../../libs/platform/error-code.js';
import { statementDifferences } from '../../projections/customer-statements/statement-differences.js';
import {
  NoStatement,
  readStatement,
} from '../../projections/customer-statements/statement-file.js';
import {
  statementFromLog,
  type EventFault,
} from '../../projections/customer-statements/statement-from-log.js';
import type { Statement } from '../../projections/customer-statements/statement.js';
import { failOnFindings } from './exit-codes.js';
import { CommandFailed, withInstallation } from './installation.js';
import { progressDisplay, type ProgressDisplay } from './rebuild-progress.js';
import { lineOf, type Output } from './output.js';

const HELP = `
Reads a statement as GET /v1/reports/statements gave it, JSON or CSV, and computes it again from the events of the log up
to the position that it names; read models are not asked, and later events don't matter. Names every figure that the
events don't give, every line that is missing or too many, and every altered event behind it, and exits with 1 then;
with 2 where it could not compute it.`;

const COUNT_MAX = 100_000_000;

/** `tillstream verify statement FILE`: whether a statement says what the log says. */
export function verifyStatementCommand(env: Environment, output: Output): Command {
  return new Command('statement')
    .description('hold a statement that was kept against the events of the log')
    .argument('<file>', 'the statement, JSON or CSV; - reads it from standard input')
    .option('--json', 'one JSON document instead of lines')
    .addHelpText('after', HELP)
    .action(async (file: string, { json = false }: { json?: boolean }) => {
      const given = await statementIn(file);
      const display = json ? null : progressDisplay(output, 'verify');
      try {
        const found = await withInstallation(env, ({ store }) => check(store, given, display));
        display?.end();
        output.write(json ? jsonOf(given, found) : linesOf(given, found));
        failOnFindings(found.differences.length + found.faults.length);
      } finally {
        display?.end();
      }
    });
}

interface Found {
  readonly differences: readonly string[];
  readonly faults: readonly EventFault[];
}

async function check(
  store: EventStore,
  given: Statement,
  display: ProgressDisplay | null,
): Promise<Found> {
  const logId = await store.logId();
  const [ofLog, position = ''] = given.proof.to.split('.');
  if (given.proof.log_id !== logId || ofLog !== logId) {
    const message = `proof: it is of the log ${given.proof.log_id} and ${ofLog ?? ''}, this is ${logId}`;
    return { differences: [message], faults: [] };
  }
  const eventsTotal = display === null ? 0 : await store.countAfter(LOG_START, COUNT_MAX);
  let eventsDone = 0;
  const { statement, faults, end } = await statementFromLog(store, {
    request: {
      tenant: given.merchant_id,
      customerId: given.customer_id,
      currency: given.currency,
      from: given.from,
      to: given.to,
    },
    position,
    paymentIds: new Set(given.lines.map(({ payment_id: paymentId }) => paymentId)),
    onEvents: (events) => {
      eventsDone += events;
      display?.show({ phase: 'reading the log', eventsDone, eventsTotal });
    },
  });
  const differences = [...statementDifferences(given, statement)];
  if (end < position) {
    differences.push(`proof.to is ${given.proof.to}, the log ends at ${logId}.${end}`);
  }
  return { differences, faults };
}

async function statementIn(file: string): Promise<Statement> {
  try {
    return readStatement(file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    const name = file === '-' ? 'Standard input' : file;
    if (error instanceof NoStatement) {
      throw new CommandFailed(lineOf(`${name} is no statement: ${error.message}.`), {
        cause: error,
      });
    }
    const code = errorCode(error) ?? 'no reason given';
    throw new CommandFailed(`${name} can't be read (${code}).`, { cause: error });
  }
}

function linesOf(given: Statement, { differences, faults }: Found): string {
  const { customer_id: customer, currency, lines, closing_balance: closing, proof } = given;
  const told = [
    `Statement of ${customer}, ${currency}: ${lines.length} lines, closing balance ${closing}, to ${proof.to}.`,
    ...faults.map(
      ({ stream, revision, position, message }) =>
        `FOUND ${stream}, revision ${revision}, position ${position}: ${message}`,
    ),
    ...differences.map((difference) => `FOUND ${difference}`),
    differences.length + faults.length === 0
      ? `OK: the events give every figure, and the hash ${proof.hash}.`
      : 'The events do not give this statement.',
  ];
  return `${told.map(lineOf).join('\n')}\n`;
}

function jsonOf(given: Statement, { differences, faults }: Found): string {
  const document = {
    ok: differences.length + faults.length === 0,
    proof: given.proof,
    differences,
    events: faults,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
