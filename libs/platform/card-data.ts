const DIGITS_MIN = 13;
const DIGITS_MAX = 19;

/**
 * First digits of the card networks (ISO/IEC 7812 ranges as the networks publish them): Visa, Mastercard, American
 * Express, Diners, Discover, JCB, UnionPay, Maestro, Mir, RuPay, Troy. Prefix 1 (UATP) is left out: times in ms begin so.
 */
const NETWORK_PREFIX =
  /^(?:4|5[0-8]|3[4-9]|30|220[0-4]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|6[0-7]|8[12]|9792)/;

/**
 * Groups of digits with nothing but white space and dashes of any kind between them, or what nobody sees: soft hyphens,
 * spaces of no width and marks of direction come along where a number is copied from a page. U+2212 is a minus sign.
 */
const RUN = /\d[\d\s\p{Pd}\p{Cf}\u2212]{11,}\d/gu;
const GROUP = /\d+/g;

/**
 * Ids that machines make: UUIDs, and hex of 32, 40 or 64 digits. Taken out first, because one in some thousands of them
 * holds by chance a run that looks like a card. With at least one letter, so that no plain number passes as one; that is
 * looked at once an id is found: a pattern that looks ahead for it reads the same dashes again from each of them.
 */
const MACHINE_ID =
  /(?<![0-9a-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-z])/gi;
const HEX_LETTER = /[a-f]/i;

/**
 * Whether the text holds what may be a card number: 13 to 19 digits with a network's prefix and a right check digit
 * (Luhn), spaces and dashes within ignored. A run is looked at from every group of digits to every later group's end,
 * so that a card is found beside other numbers; a group itself is never cut (a longer number is another number).
 */
export function hasCardData(text: string): boolean {
  if (!mayHoldRun(text)) return false;
  // Digits of other scripts and widths are digits too.
  const plain = NOT_ASCII.test(text) ? text.normalize('NFKC') : text;
  if (plain.search(RUN) < 0) return false;
  const named = plain.replace(MACHINE_ID, (id) => (HEX_LETTER.test(id) ? 'id' : id));
  for (const [run] of named.matchAll(RUN)) {
    if (runHasCard(run.match(GROUP) ?? [])) return true;
  }
  return false;
}

/** False for most texts, at a fraction of what the patterns cost: no run can have enough digits. */
function mayHoldRun(text: string): boolean {
  if (text.length < DIGITS_MIN) return false;
  let digits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7e) return true; // digits, spaces and dashes of other scripts
    if (code >= 0x30 && code <= 0x39) digits += 1;
    else if (code > 0x20 && code !== 0x2d) digits = 0;
    if (digits === DIGITS_MIN) return true;
  }
  return false;
}

// Printable ASCII and the usual white space need no normal form.
const NOT_ASCII = /[^\t\n\r\x20-\x7e]/;

/**
 * Whether any run of 13 to 19 digits within the text, also inside longer numbers, may be a card: for identifiers that a
 * caller chose freely and that can be replaced at no cost.
 */
export function hasCardDataAnywhere(text: string): boolean {
  if (hasCardData(text)) return true;
  for (const [digits] of text.matchAll(/\d{13,}/g)) {
    for (let start = 0; start + DIGITS_MIN <= digits.length; start++) {
      const longest = Math.min(DIGITS_MAX, digits.length - start);
      for (let length = DIGITS_MIN; length <= longest; length++) {
        if (isCardNumber(digits.slice(start, start + length))) return true;
      }
    }
  }
  return false;
}

/** Whether any text or property name within a JSON value holds card data; numbers are amounts, never text. */
export function jsonHasCardData(value: unknown): boolean {
  if (typeof value === 'string') return hasCardData(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(jsonHasCardData);
  for (const [name, inner] of Object.entries(value)) {
    if (hasCardData(name) || jsonHasCardData(inner)) return true;
  }
  return false;
}

function runHasCard(groups: readonly string[]): boolean {
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    for (let last = first; last < groups.length && digits.length < DIGITS_MAX; last++) {
      digits += groups[last] ?? '';
      if (isCardNumber(digits)) return true;
    }
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX) return false;
  return NETWORK_PREFIX.test(digits) && isLuhnValid(digits);
}

function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
