import { type Books, chargeOf, type Fact, type Operation, type OperationName } from './books.js';

const PREFIXES: Readonly<Record<OperationName, string>> = {
  authorize: 'aut',
  purchase: 'pur',
  capture: 'cap',
  increment: 'inc',
  refund: 'rfd',
  void: 'voi',
};
const DIGITS = 8;

/** The gateway's own name of an operation; it tells the place in the books, so that no index of names is needed. */
export function referenceOf(operation: Operation): string {
  return `${PREFIXES[operation.record.operation]}_${padded(operation.number)}`;
}

/** The operation of a reference, where this gateway gave it. */
export function findByReference(
  books: Books,
  gateway: string,
  reference: string,
): Operation | undefined {
  const number = /^[a-z]{3}_([0-9a-z]{8,11})$/.exec(reference)?.[1];
  if (number === undefined) return undefined;
  const operation = books.operations[Number.parseInt(number, 36)];
  if (operation?.record.gateway !== gateway) return undefined;
  return referenceOf(operation) === reference ? operation : undefined;
}

interface Wanted {
  readonly gateway: string;
  readonly paymentId: string;
  readonly reference: string | null;
  readonly authorizationKey: string | null;
}

/** The authorize or purchase that a call builds on: of the same gateway and payment, by reference or by its key. */
export function findCharge(books: Books, wanted: Wanted): Operation | undefined {
  const { gateway, reference, authorizationKey } = wanted;
  const named =
    reference === null
      ? books.gateways.get(gateway)?.byKey.get(authorizationKey ?? '')
      : findByReference(books, gateway, reference);
  if (named === undefined || named.record.paymentId !== wanted.paymentId) return undefined;
  return chargeOf(books, named);
}

/** Name of the page on which the customer acts. */
export function actionIdOf(operation: Operation): string {
  return `act_${padded(operation.number)}`;
}

export function findByAction(books: Books, gateway: string, id: string): Operation | undefined {
  const number = /^act_([0-9a-z]{8,11})$/.exec(id)?.[1];
  const operation = books.operations[Number.parseInt(number ?? '', 36)];
  if (operation?.record.gateway !== gateway) return undefined;
  return operation.record.status === 'requires_action' && actionIdOf(operation) === id
    ? operation
    : undefined;
}

export function disputeIdOf(number: number): string {
  return `dsp_${padded(number)}`;
}

export function disputeNumberOf(id: string): number {
  return Number.parseInt(/^dsp_([0-9a-z]{8,11})$/.exec(id)?.[1] ?? '', 36);
}

/** Place in the feed and instant: unique also against a feed whose data dir was thrown away. */
export function factIdOf(fact: Fact, place: number): string {
  return `fct_${padded(place)}_${fact.atMs.toString(36)}`;
}

function padded(number: number): string {
  return number.toString(36).padStart(DIGITS, '0');
}
