import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { gatewaysVariable } from '../../libs/gateways/gateways-variable.js';
import { loadConfig, type Environment } from '../../libs/platform/config.js';
import { booksOfGateways, type BooksSource } from '../../libs/verify/books-sources.js';
import { FULL_PACE } from '../../projections/verification/pace.js';
import { verifyInstallation } from '../../projections/verification/verify-installation.js';
import { failOnFindings } from './exit-codes.js';
import { addressesOf, CommandFailed, withInstallation, sealsFileOf } from './installation.js';
import { progressDisplay } from './rebuild-progress.js';
import { verifyStatementCommand } from './verify-statement.command.js';
import { verifyJson, verifyText } from './verify-report.js';
import type { Output } from './output.js';

interface VerifyFlags {
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly books?: readonly string[];
  readonly seals?: string;
}

const HELP = `
Reads the whole log and holds against it: revisions, hash chains, event ids, folds, money rules, witnesses of what was
removed (audit trail, seals), the gateways' own books, every row of every read model, and checkpoints.
Exits with 1 on any finding, and with 2 where nothing is proven. A money rule that a gateway's fact broke is listed and is no finding: the log holds what
the gateway did. What runs may go on meanwhile. A run without findings seals what it read with a line in the file of
seals, against which later runs hold the log: keep a copy of it elsewhere.`;

/** `tillstream verify`: whether the log, the books, the read models and the checkpoints agree. */
export function verifyCommand(env: Environment, output: Output): Command {
  return new Command('verify')
    .description('prove that nothing was lost or altered, and nobody charged twice')
    .option('--json', 'one JSON document instead of lines')
    .option('--quick', "leave out the gateways' books and the read models")
    .option('--books <url>', 'where a gateway lists its books; may be repeated', httpUrls)
    .option(
      '--seals <file>',
      'seals that were kept; by default those in the data directory of `npm start`',
    )
    .addHelpText('after', HELP)
    .enablePositionalOptions()
    .addCommand(verifyStatementCommand(env, output))
    .action((flags: VerifyFlags) => verify(env, output, flags));
}

async function verify(env: Environment, output: Output, flags: VerifyFlags): Promise<void> {
  const json = flags.json === true;
  // A file that is to be made is named by SEALS_FILE; here a typing error would pass for a log that nobody cut.
  if (flags.seals !== undefined && !existsSync(flags.seals)) {
    throw new CommandFailed(`--seals: there is no file ${flags.seals}.`);
  }
  const books = booksOf(env, flags);
  const stop = new AbortController();
  const onSignal = () => stop.abort(new CommandFailed('Stopped; nothing is proven.'));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  // A document must not have lines of progress before it.
  const display = json ? null : progressDisplay(output, 'verify');
  try {
    const result = await withInstallation(env, (installation) =>
      verifyInstallation(installation, {
        books,
        quick: flags.quick === true,
        sealsFile: flags.seals ?? sealsFileOf(env, installation.addresses),
        addSeal: true,
        pace: FULL_PACE,
        onProgress: (progress) => display?.show(progress),
        signal: stop.signal,
      }),
    );
    display?.end();
    output.write(json ? `${JSON.stringify(verifyJson(result), null, 2)}\n` : verifyText(result));
    failOnFindings(result.findings.total);
  } finally {
    display?.end();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** What the option names; else the gateways of GATEWAYS that can list; else the simulator that `npm start` runs. */
function booksOf(env: Environment, flags: VerifyFlags): readonly BooksSource[] {
  if (flags.books !== undefined) return flags.books.map((url) => ({ url, gateways: null }));
  const { GATEWAYS } = loadConfig(z.object({ GATEWAYS: gatewaysVariable.optional() }), env);
  if (GATEWAYS === undefined) {
    const { simulatorUrl } = addressesOf(env);
    return simulatorUrl === undefined ? [] : [{ url: simulatorUrl, gateways: null }];
  }
  return booksOfGateways(GATEWAYS);
}

function httpUrls(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('an http or https URL');
  }
  return [...before, text];
}
