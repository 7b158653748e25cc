// Exit code 0 while the process beside it lives. HEALTH_URL where it has no management server.
const url = process.env.HEALTH_URL ?? `http://127.0.0.1:${process.env.MANAGEMENT_PORT}/health/live`;
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
