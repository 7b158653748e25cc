/** A column of a CSV file. `text` cells come from people, `plain` ones (amounts, instants, our own ids) from us. */
export interface CsvColumn<Row> {
  readonly name: string;
  readonly kind: 'text' | 'plain';
  readonly value: (row: Row) => string | number | null;
}

/** Cells that a spreadsheet would run as a formula; tab and return are known ways around the first four. */
const FORMULA_START = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * RFC 4180 text with a header line; null is an empty cell. Text cells that would be a formula get a leading
 * apostrophe (OWASP, CSV injection); plain ones stay as they are, so a negative amount stays a number.
 */
export function toCsv<Row>(columns: readonly CsvColumn<Row>[], rows: Iterable<Row>): string {
  const lines = [columns.map((column) => quoted(column.name)).join(',')];
  for (const row of rows) lines.push(columns.map((column) => cell(column, row)).join(','));
  return lines.map((line) => `${line}\r\n`).join('');
}

function cell<Row>(column: CsvColumn<Row>, row: Row): string {
  const value = column.value(row);
  if (value === null) return '';
  const text = String(value);
  return quoted(column.kind === 'text' && FORMULA_START.test(text) ? `'${text}` : text);
}

function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
