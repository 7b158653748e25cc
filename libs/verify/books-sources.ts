import type { GatewaySettings } from '../gateways/gateways-variable.js';

/** Where books lie, and of which gateways; null: of all that they name. */
export interface BooksSource {
  readonly url: string;
  readonly gateways: readonly string[] | null;
}

/** The books of those gateways that can list theirs. */
export function booksOfGateways(gateways: readonly GatewaySettings[]): readonly BooksSource[] {
  const byOrigin = new Map<string, string[]>();
  for (const gateway of gateways) {
    if (gateway.adapter !== 'simulator') continue;
    const { origin } = new URL(gateway.url);
    byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), gateway.name]);
  }
  return [...byOrigin].map(([url, names]) => ({ url, gateways: names }));
}
