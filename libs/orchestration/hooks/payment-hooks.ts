import type { Logger } from '../../platform/logging.js';
import type {
  AfterHook,
  AfterSubject,
  BeforeHook,
  BeforeSubject,
  HookedOperation,
  PaymentHook,
} from './payment-hook.js';

export interface HookSettings {
  /** Bounds each run of a hook. */
  readonly timeoutMs: number;
  readonly logger: Pick<Logger, 'warn'>;
}

const VETO_CHARS_MAX = 500;

/** Runs hooks, each within its time. Without hooks it costs a look at an empty list. */
export class PaymentHooks {
  readonly #before: readonly BeforeHook[];
  readonly #after: readonly AfterHook[];

  constructor(
    hooks: readonly PaymentHook[],
    private readonly settings: HookSettings,
  ) {
    this.#before = hooks.filter((hook) => 'before' in hook);
    this.#after = hooks.filter((hook) => 'after' in hook);
  }

  asksBefore(operation: HookedOperation): boolean {
    return this.#before.some(({ before }) => before === operation);
  }

  get followsTheLog(): boolean {
    return this.#after.length > 0;
  }

  /** The sentence of the first veto; null: go on. Asked one after the other, in the order of registration. */
  async vetoOn(operation: HookedOperation, subject: BeforeSubject): Promise<string | null> {
    for (const hook of this.#before) {
      if (hook.before !== operation) continue;
      const word = await this.#ask(hook, subject);
      if (word !== 'go_on') return word.veto.slice(0, VETO_CHARS_MAX);
    }
    return null;
  }

  /** Tells all that follow the operation, side by side. Never throws. */
  async tell(operation: HookedOperation, subject: AfterSubject): Promise<void> {
    const told = this.#after.filter(({ after }) => after === operation);
    await Promise.all(
      told.map(async (hook) => {
        try {
          await this.#inTime((signal) => hook.run(subject, signal));
        } catch (error) {
          this.#warn(hook.name, subject.paymentId, error);
        }
      }),
    );
  }

  async #ask(hook: BeforeHook, subject: BeforeSubject): Promise<'go_on' | { veto: string }> {
    try {
      return await this.#inTime((signal) => hook.run(subject, signal));
    } catch (error) {
      this.#warn(hook.name, subject.paymentId, error);
      if (hook.whenAway === 'go_on') return 'go_on';
      return { veto: `The hook ${hook.name} gave no answer.` };
    }
  }

  async #inTime<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ending = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${this.settings.timeoutMs} ms`));
        ending.abort();
      }, this.settings.timeoutMs);
    });
    try {
      return await Promise.race([run(ending.signal), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #warn(hook: string, paymentId: string, error: unknown): void {
    this.settings.logger.warn({ err: error, hook, paymentId }, 'a hook failed');
  }
}
