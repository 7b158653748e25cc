import { PassThrough } from 'node:stream';
import { eventually } from '../../libs/testing/eventually.js';
import { endWithReader, lineOf } from './output.js';

describe('the output of a command', () => {
  it('ends the program once nobody reads it any more', async () => {
    const output = new PassThrough();
    const codes: number[] = [];
    endWithReader(output, (code) => codes.push(code));
    output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await eventually(() => expect(codes).toEqual([141]));
  });

  it('says in a sentence that there is no room for it', async () => {
    const [output, complaints] = [new PassThrough(), new PassThrough()];
    const codes: number[] = [];
    endWithReader(output, (code) => codes.push(code), complaints);
    output.destroy(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }));
    await eventually(() => expect(codes).toEqual([2]));
    expect(String(complaints.read())).toBe("The output can't be written (ENOSPC).\n");
  });
});

describe('lineOf', () => {
  it.each([
    ['a line of its own', 'a\nOK: all of it\r', 'a\\u{a}OK: all of it\\u{d}'],
    ['a clear screen', '\u001b[2J\u009b1m', '\\u{1b}[2J\\u{9b}1m'],
    ['letters from right to left', 'a\u202eb\u2028', 'a\\u{202e}b\\u{2028}'],
  ])('shows %s as it is written', (_what, text, shown) => {
    expect(lineOf(text)).toBe(shown);
  });

  it('leaves other text alone', () => {
    expect(lineOf('Kundin 7 – Ümläut, 日本, 🙂')).toBe('Kundin 7 – Ümläut, 日本, 🙂');
  });
});
