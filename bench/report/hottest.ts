import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HotFunction {
  readonly name: string;
  /** `file:line`, from the project's or a package's folder on. */
  readonly place: string;
  /** Of all samples in which the process did not stand idle. */
  readonly share: number;
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
}

const NOT_WORK = new Set(['(idle)', '(program)', '(root)']);

/** Where a process spent its time itself, callees left out, by the newest profile in the folder. */
export function hottestFunctions(folder: string, count: number): readonly HotFunction[] {
  const [file] = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .toSorted()
    .reverse();
  if (file === undefined) throw new Error('the profiled process wrote no profile');
  const { nodes, samples } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile; // reason: V8 writes it
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const hits = new Map<string, { readonly name: string; readonly place: string; count: number }>();
  let working = 0;
  for (const sample of samples) {
    const frame = frames.get(sample);
    if (frame === undefined || NOT_WORK.has(frame.functionName)) continue;
    working += 1;
    const name = frame.functionName || '(anonymous)';
    const place = `${frame.url.replace(/^.*\/(node_modules|dist|bench)\//, '')}:${frame.lineNumber + 1}`;
    const hit = hits.get(name + place) ?? { name, place, count: 0 };
    hit.count += 1;
    hits.set(name + place, hit);
  }
  return [...hits.values()]
    .toSorted((a, b) => b.count - a.count)
    .slice(0, count)
    .map((hit) => ({ name: hit.name, place: hit.place, share: hit.count / working }));
}
