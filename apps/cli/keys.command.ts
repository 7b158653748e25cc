import { Command, Option } from 'commander';
import { ApiKeys } from '../../libs/access/api-keys.js';
import { ROLES, type Role } from '../../libs/access/role.js';
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

function create(env: Environment, output: Output, options: WantedKey): Promise<void> {
  return withInstallation(
    env,
    async ({ store }) => {
      const merchantId = options.merchantId ?? null;
      if ((options.role === 'merchant') !== (merchantId !== null)) {
        throw new CommandFailed('A merchant key needs --merchant-id, any other key has none.');
      }
      const issued = await new ApiKeys(store, new SystemClock()).create(
        {
          role: options.role,
          merchantId,
          name: options.name ?? null,
          expiresAt: null,
          origin: 'cli',
        },
        { actor: 'system:cli', correlationId: newCorrelationId() },
      );
      if (issued === null) throw new CommandFailed('The key could not be made; try again.');
      output.write(`${issued.text}\n`);
    },
    'apply',
  );
}
