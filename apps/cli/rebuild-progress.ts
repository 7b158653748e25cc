import { Presets, SingleBar } from 'cli-progress';
import type { Output } from './output.js';

/** How far something that goes through the log has come. */
export interface Progress {
  readonly phase: string;
  /** Of a read model that is built. */
  readonly version?: number;
  readonly eventsDone: number;
  readonly eventsTotal: number;
}

/** Shows how far it has come. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Leaves the terminal as it was; idempotent. */
  end(): void;
}

const LINE_INTERVAL_MS = 1_000;

/** A bar on a terminal, else plain lines, one a second and one for each phase. */
export function progressDisplay(output: Output, name: string): ProgressDisplay {
  return output.isTTY === true ? bar(output, name) : lines(output, name);
}

function bar(output: Output, name: string): ProgressDisplay {
  const format = `${name} {bar} {percentage}% | {value}/{total} events | {phase}`;
  const single = new SingleBar(
    { format, stream: output, hideCursor: true },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show: ({ phase, eventsDone, eventsTotal }) => {
      if (!started) single.start(eventsTotal, eventsDone, { phase });
      started = true;
      single.setTotal(eventsTotal);
      single.update(eventsDone, { phase });
    },
    end: () => {
      if (started) single.stop();
      started = false;
    },
  };
}

function lines(output: Output, name: string): ProgressDisplay {
  let lastPhase: string | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    show: ({ phase, version, eventsDone, eventsTotal }) => {
      const nowMs = performance.now();
      if (phase === lastPhase && nowMs - lastMs < LINE_INTERVAL_MS) return;
      lastPhase = phase;
      lastMs = nowMs;
      const of = version === undefined ? name : `${name} v${version}`;
      output.write(`${of}: ${phase}, ${eventsDone} of ${eventsTotal} events\n`);
    },
    end: () => undefined,
  };
}
