/** Longest wait for an answer that another one asked for: a connection that hangs holds up its own asker only. */
const PATIENCE_MS = 250;

/**
 * Askers of the same question that wait at the same time share one answer. A question that nobody is asking is asked at
 * once. Otherwise it is asked again after the answer under way, which may have been read before this asker came.
 */
export class SharedAnswers<Answer> {
  readonly #asked = new Map<string, Promise<Answer>>();
  readonly #waiting = new Map<string, Promise<Answer>>();

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /** @param ask finds the answer, which nobody may change @throws what `ask` throws */
  answer(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const asked = this.#asked.get(question);
    if (asked === undefined) return this.#ask(question, ask);
    let waiting = this.#waiting.get(question);
    if (waiting === undefined) {
      waiting = this.#askAfter(asked, question, ask);
      this.#waiting.set(question, waiting);
    }
    return waiting;
  }

  async #askAfter(
    asked: Promise<Answer>,
    question: string,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    await new Promise<void>((resolve) => {
      const impatient = setTimeout(resolve, this.patienceMs);
      const answered = () => {
        clearTimeout(impatient);
        resolve();
      };
      // Whether that one found an answer or not.
      asked.then(answered).catch(answered);
    });
    this.#waiting.delete(question);
    return await this.#ask(question, ask);
  }

  #ask(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const asked = ask().finally(() => {
      // Another one may have lost its patience with this one.
      if (this.#asked.get(question) === asked) this.#asked.delete(question);
    });
    this.#asked.set(question, asked);
    return asked;
  }
}
