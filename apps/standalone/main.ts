import { dirname } from 'node:path';
import { runProcess } from '../../libs/platform/run-process.js';
import { startStandalone } from './standalone.js';

await runProcess(
  'standalone',
  (context) => startStandalone(context, dirname(import.meta.dirname)),
  process.env,
);
