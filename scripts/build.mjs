// `npm run build`: installs what is missing and compiles what has changed, into dist/.
import { prepare } from './prepare.mjs';

await prepare();
