// `npm start`: makes the clone runnable, then becomes the supervisor.
import { prepare } from './prepare.mjs';

// Under npm, the supervisor ends with npm, also when that is killed: nothing is left that nobody can stop.
if (process.env.npm_lifecycle_event === 'start') {
  process.env.TILLSTREAM_PARENT_PID = String(process.ppid);
}
await prepare();
await import('../dist/apps/standalone/main.js');
