import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'tillstream_';

/** Seconds; fit for anything between a group commit and a gateway's time-out. */
const DURATION_BUCKETS_S = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20,
];

interface MetricText<Label extends string> {
  /** Without the prefix: `payments_total`. */
  readonly name: string;
  readonly help: string;
  /** Bounded cardinality only: route templates, gateway names, outcomes; never ids. */
  readonly labels?: readonly Label[];
}

interface CounterText<Label extends string> extends MetricText<Label> {
  /** Series from the start: one that begins with its first count shows no increase to whoever watches it. */
  readonly fromZero?: readonly Readonly<Record<NoInfer<Label>, string>>[];
}

/** The metrics of one process; every name begins with `tillstream_`. */
export class Metrics {
  readonly registry = new Registry();

  constructor(processName: string) {
    this.registry.setDefaultLabels({ process: processName });
    collectDefaultMetrics({ register: this.registry, prefix: PREFIX });
  }

  counter<Label extends string = never>(text: CounterText<Label>): Counter<Label> {
    const counter = new Counter(this.#configuration(text));
    for (const labels of text.fromZero ?? []) counter.inc(labels, 0);
    return counter;
  }

  /** `collect` is called at every scrape; for values that are looked up rather than counted. */
  gauge<Label extends string = never>(
    text: MetricText<Label>,
    collect?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label> {
    const configuration = this.#configuration(text);
    if (collect === undefined) return new Gauge(configuration);
    return new Gauge({
      ...configuration,
      async collect() {
        await collect(this);
      },
    });
  }

  /** Of durations in seconds unless `buckets` say otherwise. */
  histogram<Label extends string = never>(
    text: MetricText<Label>,
    buckets: readonly number[] = DURATION_BUCKETS_S,
  ): Histogram<Label> {
    return new Histogram({ ...this.#configuration(text), buckets: [...buckets] });
  }

  #configuration<Label extends string>(text: MetricText<Label>) {
    return {
      name: PREFIX + text.name,
      help: text.help,
      labelNames: [...(text.labels ?? [])],
      registers: [this.registry],
    };
  }
}
