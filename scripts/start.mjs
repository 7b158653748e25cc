// `npm start`: makes the clone runnable, then becomes the supervisor.
import { prepare } from './prepare.mjs';

if (process.argv.length > 2) {
  console.error(
    'tillstream: `npm start` takes no options; environment variables say how it runs: docs/configuration.md',
  );
  process.exit(1);
}

// Under npm, the supervisor ends with npm, also when that is killed: nothing is left that nobody can stop.
if (process.env.npm_lifecycle_event === 'start') {
  process.env.TILLSTREAM_PARENT_PID = String(process.ppid);
}
await prepare();
await import('../dist/apps/standalone/main.js');
