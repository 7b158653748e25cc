/** One thing without which the process can't do its work. */
export interface ReadinessCheck {
  readonly name: string;
  /** null when all is well, else the reason in a few words, without secrets. A throw counts as "failed". */
  readonly check: () => Promise<string | null> | string | null;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'not ready';
  readonly reasons: readonly { readonly name: string; readonly reason: string }[];
}

const CHECK_TIMEOUT_MS = 2_000;

/** Runs all checks at once, each within two seconds. */
export async function readinessOf(checks: readonly ReadinessCheck[]): Promise<ReadinessReport> {
  const reasons = await Promise.all(
    checks.map(async ({ name, check }) => ({ name, reason: await answerOf(check) })),
  );
  const failing = reasons.flatMap(({ name, reason }) =>
    reason === null ? [] : [{ name, reason }],
  );
  return { status: failing.length === 0 ? 'ready' : 'not ready', reasons: failing };
}

async function answerOf(check: ReadinessCheck['check']): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch {
    return 'failed'; // a driver's message may hold hosts or names; the log has it
  } finally {
    clearTimeout(timer);
  }
}
