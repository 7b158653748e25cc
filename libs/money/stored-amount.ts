/**
 * Amounts as they are stored: decimal strings of minor units. The amounts of a payment are mostly one and the same, from
 * what was asked for to what was refunded, and each conversion would cost as much as copying the whole payment: the last
 * one is remembered.
 */
let storedText = '0';
let storedAmount = 0n;
let readText = '0';
let readAmount = 0n;

export function storedAmountOf(amount: bigint): string {
  if (amount !== storedAmount) {
    storedText = amount.toString();
    storedAmount = amount;
    // Likely folded next. Not the other way round: what was read need not be written as it would be stored.
    readText = storedText;
    readAmount = amount;
  }
  return storedText;
}

/** @throws SyntaxError for a text that is no whole number */
export function amountFromStored(text: string): bigint {
  if (text !== readText) {
    readAmount = BigInt(text);
    readText = text;
  }
  return readAmount;
}
