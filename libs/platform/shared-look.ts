/**
 * A question that many ask at once, such as the gauges of one scrape: one look at a time, and none while the last one is
 * fresh. A slow look is not joined by others.
 */
export function sharedLook<Result>(
  look: () => Promise<Result>,
  freshMs: number,
): () => Promise<Result> {
  let last: Promise<Result> | undefined;
  return () => {
    const forget = () => setTimeout(() => (last = undefined), freshMs).unref();
    last ??= look().finally(forget);
    return last;
  };
}
