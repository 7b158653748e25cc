import { FULL_PACE } from '../../../projections/verification/pace.js';
import { verifyInstallation } from '../../../projections/verification/verify-installation.js';

type Lane = Parameters<typeof verifyInstallation>[0] & {
  readonly simulatorUrl: string;
  readonly sealsFile: string;
};

/** What `tillstream verify` finds in the lane, its gateway's books included. */
export function verified(lane: Lane) {
  return verifyInstallation(lane, {
    books: [{ url: lane.simulatorUrl, gateways: null }],
    quick: false,
    sealsFile: lane.sealsFile,
    addSeal: true,
    pace: FULL_PACE,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
}
