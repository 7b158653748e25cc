import { Argument, Command } from 'commander';
import { positiveNumber, positiveNumbers } from '../libs/platform/whole-number.js';
import { DUELS } from './scenarios/duels.js';
import { LONG } from './scenarios/long.js';
import { SINGLES } from './scenarios/singles.js';

export interface BenchOptions {
  /** undefined: all but the long ones. */
  readonly scenario: string | undefined;
  readonly profile: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly hottest: number;
  readonly only?: string;
}

const HOTTEST_COUNT = 10;
const DUEL_NAMES = DUELS.map(({ name }) => name);
const SCENARIOS = [...DUEL_NAMES, ...Object.keys({ ...SINGLES, ...LONG })];
/** The other scenarios have rounds of their own. */
const OF_DUELS = ['rounds', 'seconds', 'connections', 'only'] as const;

/** Ends the process with a sentence where they can't be followed. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const program = new Command('npm run bench --')
    .description(
      'Measures the built product beside bare floors; the long scenarios (sustained, growth) run by name only.',
    )
    .addArgument(new Argument('[scenario]', 'only this one').choices(SCENARIOS))
    .option('--rounds <number>', 'of each contestant; their median counts', positiveNumber, 3)
    .option('--seconds <number>', 'that each round takes', positiveNumber, 2)
    .option('--connections <numbers>', 'one after the other', positiveNumbers, [16, 64, 128])
    .option('--only <text>', 'contestants whose name contains it, beside the first')
    .option('--profile', 'profiles the API and prints its hottest functions', false)
    .option('--hottest <number>', 'how many --profile prints', positiveNumber, HOTTEST_COUNT)
    .addHelpText('after', `\nRounds and contestants are those of ${DUEL_NAMES.join(', ')}.`)
    .parse(argv);
  const [scenario] = program.args;
  const options = program.opts<Omit<BenchOptions, 'scenario'>>();
  const isDuel = scenario === undefined || DUEL_NAMES.includes(scenario);
  const ignored = OF_DUELS.filter((name) => program.getOptionValueSource(name) === 'cli');
  if (!isDuel && ignored.length > 0) {
    program.error(
      `error: ${scenario} has rounds of its own and takes no --${ignored.join(', --')}`,
    );
  }
  const duels = DUELS.filter(({ name }) => scenario === undefined || name === scenario);
  const rivals = duels.flatMap(({ contestants: [, ...others] }) => others.map(({ name }) => name));
  const { only = '' } = options;
  if (isDuel && !rivals.some((name) => name.includes(only))) {
    program.error(`error: --only ${only} is in none of these names: ${rivals.join('; ')}`);
  }
  return { scenario, ...options };
}
