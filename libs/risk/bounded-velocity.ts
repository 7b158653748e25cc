import { VelocityCounter, type VelocityCount, type VelocityQuestion } from './velocity-counter.js';

/** The counts did not come in time. */
export class VelocityTimeout extends Error {
  override readonly name = 'VelocityTimeout';
}

/** Waits for counts no longer than a payment may wait for them. */
export class BoundedVelocity extends VelocityCounter {
  constructor(
    private readonly counter: VelocityCounter,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  override async count(
    questions: readonly VelocityQuestion[],
    at: string,
  ): Promise<readonly VelocityCount[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, refuse) => {
      const error = new VelocityTimeout(`no counts within ${this.timeoutMs} ms`);
      timer = setTimeout(() => refuse(error), this.timeoutMs);
    });
    try {
      return await Promise.race([this.counter.count(questions, at), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
