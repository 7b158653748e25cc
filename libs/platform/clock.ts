/** Where time comes from. Decisions take instants from here; nothing else asks the machine. */
export abstract class Clock {
  /** The instant, ISO 8601 in UTC with milliseconds. */
  abstract now(): string;
  /** Milliseconds that never run backwards; only differences mean something, and only within this process. */
  abstract monotonicMs(): number;
}

export class SystemClock extends Clock {
  override now(): string {
    return new Date().toISOString();
  }

  override monotonicMs(): number {
    return performance.now();
  }
}
