/**
 * Begins works that belong together, side by side until the signal: the first that ends, well or not, ends the others
 * by the signal that they are given. @throws what the first that fails throws
 */
export async function endTogether(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const oneEnded = new AbortController();
  const works = begin(AbortSignal.any([signal, oneEnded.signal]));
  await Promise.all(works.map((work) => work.finally(() => oneEnded.abort())));
}
