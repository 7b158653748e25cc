import { Problem } from '../../../libs/platform/problem.js';
import type { Position } from '../../../libs/event-store/event-store.js';

const GIVEN_POSITION = /^(log_[0-9a-f]{1,64})\.([0-9a-f]{32})$/;

/** Positions as clients have them carry the id of their log, so that one of another log is never taken for ours. */
export class LogPositions {
  constructor(readonly logId: string) {}

  format(position: Position): string {
    return `${this.logId}.${position}`;
  }

  /** @throws Problem POSITION_INVALID, POSITION_OF_ANOTHER_LOG */
  parse(text: string, parameter: string): Position {
    const [, logId, position] = GIVEN_POSITION.exec(text) ?? [];
    if (logId === undefined || position === undefined) {
      throw positionInvalid(parameter);
    }
    if (logId !== this.logId) {
      throw refused('POSITION_OF_ANOTHER_LOG', 'is a position of another log', parameter);
    }
    return position;
  }
}

export function positionInvalid(parameter: string): Problem {
  return refused('POSITION_INVALID', 'is no position', parameter);
}

function refused(code: string, detail: string, parameter: string): Problem {
  return new Problem({
    status: 400,
    code,
    detail: 'A position is one that an answer of this log gave.',
    errors: [{ parameter, detail }],
  });
}
