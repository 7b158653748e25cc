// `npm start`: makes the clone runnable, then becomes the supervisor.
import { prepare } from './prepare.mjs';

await prepare();
await import('../dist/apps/standalone/main.js');
