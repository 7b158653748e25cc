import { Presets, SingleBar } from 'cli-progress';
import type { RebuildProgress } from '../../projections/runner/rebuild.js';
import type { Output } from './output.js';

/** Shows how far a rebuild has come. */
export interface ProgressDisplay {
  show(progress: RebuildProgress): void;
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
  let lastPhase: RebuildProgress['phase'] | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    show: ({ phase, version, eventsDone, eventsTotal }) => {
      const nowMs = performance.now();
      if (phase === lastPhase && nowMs - lastMs < LINE_INTERVAL_MS) return;
      lastPhase = phase;
      lastMs = nowMs;
      output.write(`${name} v${version}: ${phase}, ${eventsDone} of ${eventsTotal} events\n`);
    },
    end: () => undefined,
  };
}
