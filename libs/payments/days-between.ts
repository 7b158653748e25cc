/** Of `2026-01-09T10:00:00.000Z`: where its time of day begins. */
const TIME_AT = 10;

/**
 * True where `to` lies more than so many whole days after `from`, both ISO 8601 in UTC with milliseconds. By the
 * calendar, since parsing the two would cost more than all the rest of a refund's decision.
 */
export function isMoreDaysAfter(to: string, from: string, days: number): boolean {
  const between = dayNumber(to) - dayNumber(from);
  if (between !== days) return between > days;
  return to.slice(TIME_AT) > from.slice(TIME_AT);
}

/** Days in the Gregorian calendar, counted from a day long ago; a year begins in March, so that its leap day ends it. */
function dayNumber(instant: string): number {
  const month = twoDigits(instant, 5);
  const beforeMarch = month < 3;
  const year = twoDigits(instant, 0) * 100 + twoDigits(instant, 2) - (beforeMarch ? 1 : 0);
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  const monthsFromMarch = beforeMarch ? month + 9 : month - 3;
  // 153 days are the five months from March to July, and again from August to December.
  const daysOfMonths = Math.floor((153 * monthsFromMarch + 2) / 5);
  return year * 365 + leapDays + daysOfMonths + twoDigits(instant, 8);
}

const ZERO = '0'.charCodeAt(0);

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}
