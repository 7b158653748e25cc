import type { DuelRow } from '../scenarios/duels.js';

const HEADERS = ['scenario', 'what', 'conns', 'per s', 'spread', 'ratio', 'p99 ms', 'CPU us each'];

/** Rows of duels as text. The CPU of every process together, what stood idle left out by being small. */
export function tableOf(rows: readonly DuelRow[]): string {
  const lines = rows.map((row) => [
    row.scenario,
    row.contestant,
    String(row.connections),
    String(Math.round(row.rate)),
    `${Math.round(row.spread * 100)} %`,
    `${Math.round(row.ratio * 100)} %`,
    String(row.p99),
    cpuText(row.cpuMicros),
  ]);
  const widths = HEADERS.map((header, index) =>
    Math.max(header.length, ...lines.map((line) => line[index]?.length ?? 0)),
  );
  const text = (line: readonly string[]) =>
    line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return `${[HEADERS, ...lines].map(text).join('\n')}\n`;
}

const SHOWN_MIN_MICROS = 5;

function cpuText(cpuMicros: Readonly<Record<string, number>>): string {
  return Object.entries(cpuMicros)
    .filter(([, micros]) => micros >= SHOWN_MIN_MICROS)
    .map(([name, micros]) => `${name} ${micros}`)
    .join(', ');
}
