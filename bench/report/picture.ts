import type { DuelRow } from '../scenarios/duels.js';

const WIDTH = 720;
const LABEL_WIDTH = 300;
const BAR_HEIGHT = 16;
const GAP = 6;
const MARGIN = 16;

/** Ratios to what each row is compared with, as bars; the line is that floor itself. */
export function pictureOf(rows: readonly DuelRow[]): string {
  const most = Math.max(1, ...rows.map(({ ratio }) => Math.min(ratio, RATIO_MAX)));
  const scale = (WIDTH - LABEL_WIDTH - 4 * MARGIN) / most;
  const height = rows.length * (BAR_HEIGHT + GAP) + 2 * MARGIN;
  const floorX = LABEL_WIDTH + scale;
  const bars = rows.map((row, index) => {
    const y = MARGIN + index * (BAR_HEIGHT + GAP);
    const width = Math.max(1, Math.min(row.ratio, RATIO_MAX) * scale);
    const text = y + BAR_HEIGHT - 4;
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${text}" text-anchor="end">${row.contestant}, ${row.connections}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}"/>`,
      `<text x="${(LABEL_WIDTH + width + 4).toFixed(1)}" y="${text}">${Math.round(row.ratio * 100)} %</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<g fill="#333">${bars.map((bar) => bar.replace('<rect', '<rect fill="#4a7ab5"')).join('\n')}</g>
<line x1="${floorX}" x2="${floorX}" y1="0" y2="${height}" stroke="#b33" stroke-dasharray="4 3"/>
</svg>
`;
}

/** Longer bars are cut. */
const RATIO_MAX = 2;
