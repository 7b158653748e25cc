import { PassThrough } from 'node:stream';
import { eventually } from '../../libs/testing/eventually.js';
import { endWithReader } from './output.js';

describe('the output of a command', () => {
  it('ends the program once nobody reads it any more', async () => {
    const output = new PassThrough();
    const codes: number[] = [];
    endWithReader(output, (code) => codes.push(code));
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await eventually(() => expect(codes).toEqual([141]));
  });
});
