interface Read {
  destroy(error: Error): unknown;
}

/**
 * Ends a read by an error when nothing comes for so long; to be refreshed with each event, and cleared at the end. The
 * client takes a deadline for its reads and passes none on, and a connection that is never established has no other end.
 */
export function endSilent(read: Read, silenceMaxMs: number): NodeJS.Timeout {
  return setTimeout(() => read.destroy(new Error('the server is silent')), silenceMaxMs);
}
