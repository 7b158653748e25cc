import { writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi-document.js';

// Run as `node dist/apps/api/openapi/write-openapi.js <file>` by `npm run generate`.
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('name the file to write');
await writeFile(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
