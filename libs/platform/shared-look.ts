/**
 * A question that many ask at once, such as the gauges of one scrape. Whoever asks while a look is under way, or within
 * `freshMs` of its end, gets what that one saw: a slow look never has another one beside it.
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
