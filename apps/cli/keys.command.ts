import { Command, Option } from 'commander';
import { ApiKeys } from '../../libs/access/api-keys.js';
import {
  KEY_NAME_CHARS_MAX,
  MERCHANT_ID,
  MERCHANT_ID_EXPECTED,
} from '../../libs/access/key-names.js';
import { ROLES, type Role } from '../../libs/access/role.js';
import { hasCardData } from '../../libs/platform/card-data.js';
import { SystemClock } from '../../libs/platform/clock.js';
import type { Environment } from '../../libs/platform/config.js';
import { newCorrelationId } from '../../libs/platform/ids.js';
import { CommandFailed, withInstallation } from './installation.js';
import type { Output } from './output.js';

/** `tillstream keys create --role admin`: also the first key of an empty store. The key goes to stdout and nowhere else. */
export function keysCommand(env: Environment, output: Output): Command {
  const command = new Command('keys').description('API keys');
  command
    .command('create')
    .description('make a key and show it once')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--merchant-id <id>', 'whose key it is; for the role merchant only')
    .option('--name <name>', 'what to call it in lists')
    .action((options: WantedKey) => create(env, output, options));
  return command;
}

interface WantedKey {
  readonly role: Role;
  readonly merchantId?: string;
  readonly name?: string;
}

async function create(env: Environment, output: Output, options: WantedKey): Promise<void> {
  const { role, merchantId = null, name = null } = options;
  const fault = faultOf(options);
  if (fault !== null) throw new CommandFailed(fault);
  await withInstallation(
    env,
    async ({ store }) => {
      const issued = await new ApiKeys(store, new SystemClock()).create(
        { role, merchantId, name, expiresAt: null, origin: 'cli' },
        { actor: 'system:cli', correlationId: newCorrelationId() },
      );
      if (issued === null) throw new CommandFailed('The key could not be made; try again.');
      output.write(`${issued.text}\n`);
    },
    'apply',
  );
}

/**
 * Why the API would refuse it, in a sentence; null: it would not. What is made here stands in the log for ever, too.
 */
function faultOf({ role, merchantId, name }: WantedKey): string | null {
  if ((role === 'merchant') !== (merchantId !== undefined)) {
    return 'A merchant key needs --merchant-id, any other key has none.';
  }
  if (merchantId !== undefined && !MERCHANT_ID.test(merchantId)) {
    return `--merchant-id ${MERCHANT_ID_EXPECTED}, at most 64.`;
  }
  if (name !== undefined && (name === '' || Array.from(name).length > KEY_NAME_CHARS_MAX)) {
    return `--name must have 1 to ${KEY_NAME_CHARS_MAX} characters.`;
  }
  const texts = [merchantId ?? '', name ?? ''];
  return texts.some(hasCardData) ? 'The key is named by what looks like a card number.' : null;
}
