import { CHECKS, FINDINGS_MAX, type Check, type Finding } from '../../libs/verify/finding.js';
import type { VerifyResult } from '../../projections/verification/verify-installation.js';
import { lineOf } from './output.js';

const CHECK_TEXT: Record<Check, string> = {
  revisions: 'revisions 0..n without gaps',
  hash_chain: 'hash chains',
  removed_events: 'nothing removed, by its witnesses',
  added_events: 'nothing slipped in, by the audit trail',
  event_ids: 'event ids unique',
  instants: 'no payment runs backwards in time',
  fold: 'every stream folds',
  calls: 'calls opened and answered once',
  money_rules: 'money rules',
  gateway_books: "gateways' books",
  read_models: 'read models, row by row',
  checkpoints: 'checkpoints of this log, none ahead',
  due_payments: 'what is due of payments is noted, open intents too',
};

/** For programs; stable names. */
export function verifyJson(result: VerifyResult): object {
  const { logId, log, findings, readModels } = result;
  return {
    ok: findings.total === 0,
    log_id: logId,
    position: log.position,
    events: log.events,
    streams: log.streams,
    checks: CHECKS.map((check) => ({
      check,
      looked_at: skipText(result, check) === null,
      findings: findings.count(check),
    })),
    findings: findings.list(),
    rules_broken_by_facts: log.payments.brokenByFacts,
    open_intents: openIntents(result),
    sealed_to: result.seals?.to ?? null,
    book_entries: result.bookEntries,
    read_models: readModels.map(({ name, skipped, rows, differences }) => ({
      name,
      skipped,
      rows,
      differences: differences.length,
    })),
  };
}

/** For people: a line a check, then where something is wrong. */
export function verifyText(result: VerifyResult): string {
  const { logId, log, findings } = result;
  const lines = [
    `The log ${logId}: ${log.events} events in ${log.streams} streams, to ${log.position}.`,
    ...CHECKS.map((check) => checkLine(result, check)),
    ...result.readModels
      .filter(({ skipped }) => skipped !== null)
      .map(({ name, skipped }) => `      ${name} ${skipped ?? ''}: not compared`),
  ];
  const { payments } = log;
  for (const { stream, revision, position, rule, excess } of payments.brokenByFacts) {
    lines.push(
      `note  rule broken by a fact: ${rule} by ${excess}, ${place({ stream, revision, position })}`,
    );
  }
  const more = payments.brokenByFactsCount - payments.brokenByFacts.length;
  if (more > 0) lines.push(`note  and ${more} more rules broken by facts`);
  const { count, oldest_since: oldest } = openIntents(result);
  if (count > 0) lines.push(`note  ${count} open intents, the oldest since ${oldest ?? ''}`);
  const fault = result.seals?.fault ?? null;
  if (fault !== null) lines.push(`note  ${fault} What is behind them was not sealed.`);
  for (const finding of findings.list()) {
    lines.push(`FOUND ${finding.check}: ${place(finding)}: ${finding.message}`);
  }
  for (const check of CHECKS.filter((one) => findings.count(one) > FINDINGS_MAX)) {
    lines.push(`FOUND ${check}: and ${findings.count(check) - FINDINGS_MAX} more`);
  }
  lines.push(findings.total === 0 ? 'All of it holds.' : `${countText(findings.total)}.`);
  return `${lines.map(lineOf).join('\n')}\n`;
}

function checkLine(result: VerifyResult, check: Check): string {
  const count = result.findings.count(check);
  const skipped = skipText(result, check);
  if (skipped !== null) return `-     ${CHECK_TEXT[check]}: ${skipped}`;
  return count === 0
    ? `ok    ${CHECK_TEXT[check]}${check === 'removed_events' ? sealsText(result) : ''}`
    : `FOUND ${CHECK_TEXT[check]}: ${countText(count)}`;
}

function countText(count: number): string {
  return count === 1 ? '1 finding' : `${count} findings`;
}

/** Without them nothing is known of what was removed together with its audit. */
function sealsText({ seals }: VerifyResult): string {
  if (seals === null) return '; no seals were looked at';
  return seals.to === null ? '; there are no seals of this log' : `; sealed to ${seals.to}`;
}

function skipText({ bookEntries, readModels }: VerifyResult, check: Check): string | null {
  if (check === 'gateway_books' && bookEntries === null) return 'no books were looked at';
  if (check === 'read_models' && readModels.length === 0) return 'not looked at';
  return null;
}

function place(where: Pick<Finding, 'stream' | 'revision' | 'position'>): string {
  const { stream, revision, position } = where;
  const parts = [
    ...(stream === null ? [] : [stream]),
    ...(revision === null ? [] : [`revision ${revision}`]),
    ...(position === null ? [] : [`position ${position}`]),
  ];
  return parts.length === 0 ? 'no place in the log' : parts.join(', ');
}

function openIntents({ log }: VerifyResult) {
  const since = [...log.payments.openIntents.values()].map((intent) => intent.since).sort();
  return { count: since.length, oldest_since: since[0] ?? null };
}
