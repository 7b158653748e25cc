import { toCsv, type CsvColumn } from './csv.js';

const columns: readonly CsvColumn<{ text: string | null; amount: number }>[] = [
  { name: 'text', kind: 'text', value: (row) => row.text },
  { name: 'amount', kind: 'plain', value: (row) => row.amount },
];

describe('toCsv', () => {
  it('writes a header, then a line a row, each ended by CRLF', () => {
    expect(toCsv(columns, [{ text: 'a', amount: 1 }])).toBe('text,amount\r\na,1\r\n');
  });

  it('quotes commas, quotes and line breaks', () => {
    expect(toCsv(columns, [{ text: 'a "b", c\nd', amount: 1 }])).toBe(
      'text,amount\r\n"a ""b"", c\nd",1\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@x', '\t=1', '\r=1'])(
    'disarms the formula %j in a text',
    (text) => {
      expect(toCsv(columns, [{ text, amount: 1 }])).toContain(`'${text}`);
    },
  );

  it('keeps a negative amount a number', () => {
    expect(toCsv(columns, [{ text: null, amount: -5 }])).toBe('text,amount\r\n,-5\r\n');
  });
});
