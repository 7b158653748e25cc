import type { ServerResponse } from 'node:http';
import type { Principal } from '../../../libs/access/role.js';
import { Problem } from '../../../libs/platform/problem.js';

/** Requests of one key that run at once, where IN_FLIGHT_PER_KEY_MAX is not set. */
export const IN_FLIGHT_PER_KEY_DEFAULT = 128;

/** Bounds what one key has running in this process, so that no caller takes every place. */
export class RequestsInFlight {
  private readonly running = new Map<string, number>();
  private readonly max: number;

  /** `configured` null: the default, and no bound for keys of a local installation. */
  constructor(private readonly configured: number | null) {
    this.max = configured ?? IN_FLIGHT_PER_KEY_DEFAULT;
  }

  appliesTo(principal: Principal): boolean {
    return this.configured !== null || !principal.isLocal;
  }

  /**
   * A place, taken until the answer has left and all that hold the place are done. @throws Problem TOO_MANY_IN_FLIGHT
   */
  enter({ keyId }: Principal, response: ServerResponse): PlaceInFlight {
    const before = this.running.get(keyId) ?? 0;
    if (before >= this.max) {
      throw new Problem({
        status: 429,
        code: 'TOO_MANY_IN_FLIGHT',
        detail: 'Too many requests of this key are running.',
        retryAfterS: 1,
      });
    }
    this.running.set(keyId, before + 1);
    const place = new PlaceInFlight(() => this.free(keyId));
    const { socket } = response.req;
    let isOver = false;
    const leave = () => {
      if (!isOver) place.leave();
      isOver = true;
      socket.off('close', leave);
    };
    // A client that goes away closes it without a finish.
    response.once('finish', leave);
    response.once('close', leave);
    // Behind another answer on its connection it has no socket yet, and nobody tells it that the client has gone.
    if (response.socket === null) socket.setMaxListeners(0).once('close', leave);
    // It went while its key was read.
    if (socket.destroyed) leave();
    return place;
  }

  private free(keyId: string): void {
    const left = (this.running.get(keyId) ?? 0) - 1;
    if (left > 0) this.running.set(keyId, left);
    else this.running.delete(keyId);
  }
}

/** Free again, and for good, once all that hold it have left. */
export class PlaceInFlight {
  private holders = 1;

  constructor(private readonly free: () => void) {}

  hold(): void {
    if (this.holders > 0) this.holders++;
  }

  leave(): void {
    if (this.holders > 0 && --this.holders === 0) this.free();
  }
}
