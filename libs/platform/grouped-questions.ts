import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from './error-code.js';

/** A second query runs beside the first, so that nobody waits for a slow one alone; the rest gathers behind them. */
const QUERIES_IN_FLIGHT_MAX = 2;

/** SQLSTATEs of a value that the query cannot take. */
const DATA_EXCEPTION = /^22/;

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Questions that are asked while others are on their way share the next query: under load a round trip is paid once
 * for many of them. When idle a question leaves at once.
 */
export class GroupedQuestions<Question, Answer> {
  #waiting: Waiting<Question, Answer>[] = [];
  #inFlight = 0;

  /** @param query the answer to each question, in their order; it is asked at most `perQueryMax` at once */
  constructor(
    private readonly perQueryMax: number,
    private readonly query: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  ) {}

  /** @throws what the query throws */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (this.#inFlight < QUERIES_IN_FLIGHT_MAX) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#inFlight += 1;
    for (;;) {
      // A turn of the event loop, so that all questions that are due now go together.
      await nextTurn();
      const asked = this.#waiting.splice(0, this.perQueryMax);
      if (asked.length === 0) break;
      await this.#answer(asked);
    }
    this.#inFlight -= 1;
  }

  /** Never throws: a failure is that of the questions that shared the query. */
  async #answer(asked: readonly Waiting<Question, Answer>[]): Promise<void> {
    try {
      const answers = await this.query(asked.map(({ question }) => question));
      if (answers.length !== asked.length) throw new Error('a question got no answer');
      // As many as there are questions.
      asked.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      if (asked.length > 1 && DATA_EXCEPTION.test(errorCode(error) ?? '')) {
        // One of them makes the whole query fail: alone, it fails for itself.
        await Promise.all(asked.map((one) => this.#answer([one])));
      } else {
        for (const { reject } of asked) reject(error);
      }
    }
  }
}
