import { PaymentLock } from '../payment-lock.js';

/** No lock at all: every key is always free. */
export class NoLock extends PaymentLock {
  override withLock<T>(_key: string, work: () => Promise<T>): Promise<T> {
    return work();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}
