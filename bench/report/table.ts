import type { DuelRow } from '../scenarios/duels.js';
import type { Figure } from '../scenarios/figure.js';

const HEADERS = [
  'scenario',
  'what',
  'conns',
  'per s',
  'spread',
  'ratio',
  'p99 ms',
  'events a payment',
  'bytes a payment',
  'CPU us each',
];

/** Rows of duels as text. The CPU of every process together, what stood idle left out by being small. */
export function tableOf(rows: readonly DuelRow[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map((row) => [
    row.scenario,
    row.contestant,
    String(row.connections),
    String(Math.round(row.rate)),
    `${Math.round(row.spread * 100)} %`,
    `${Math.round(row.ratio * 100)} %`,
    String(Math.round(row.p99)),
    row.stored.events.toFixed(1),
    String(Math.round(row.stored.bytes)),
    cpuText(row.cpuMicros),
  ]);
  return textTable([HEADERS, ...lines]);
}

export function figuresOf(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const lines = figures.map((it) => [it.scenario, it.what, shortNumber(it.value), it.unit]);
  return `\n${textTable([['scenario', 'what', 'value', 'unit'], ...lines])}`;
}

function textTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0)),
  );
  const text = (line: readonly string[]) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return `${lines.map(text).join('\n')}\n`;
}

function shortNumber(value: number): string {
  return value < 10 ? value.toFixed(2) : String(Math.round(value));
}

const SHOWN_MIN_MICROS = 5;

function cpuText(cpuMicros: Readonly<Record<string, number>>): string {
  return Object.entries(cpuMicros)
    .filter(([, micros]) => micros >= SHOWN_MIN_MICROS)
    .map(([name, micros]) => `${name} ${micros}`)
    .join(', ');
}
