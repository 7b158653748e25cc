import fc, { type Arbitrary } from 'fast-check';

/** A value of JSON with one thing in it that is not as it should be; whether a schema minds, the caller checks. */
export function brokenOf(values: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), STRANGE)
    .map(([value, at, strange]) => brokenAt(value, at, strange));
}

const STRANGE: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    '',
    [],
    {},
    [[]],
    'x'.repeat(600),
    9_007_199_254_740_991,
  ),
  fc.constantFrom<unknown>('2500', '-1', '1e3', ' ', '2026-02-30T00:00:00Z', 'eur', 'constructor'),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Sees to one of the places of the value, the same for the same number. */
function brokenAt(value: unknown, at: number, strange: unknown): unknown {
  const places = placesIn(value);
  const place = places[at % places.length] ?? [];
  return changed(value, place, (inner) => {
    if (typeof inner !== 'object' || inner === null || at % 3 === 0) return strange;
    if (Array.isArray(inner)) return at % 2 === 0 ? [...inner, strange] : inner.slice(1);
    const names = Object.keys(inner);
    const dropped = names[at % Math.max(1, names.length)];
    if (at % 2 === 0 || dropped === undefined) return { ...inner, surprise: strange };
    return Object.fromEntries(Object.entries(inner).filter(([name]) => name !== dropped));
  });
}

type Path = readonly (string | number)[];

function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return [path, ...inner.flatMap(([name, item]) => placesIn(item, [...path, name]))];
}

function changed(
  value: unknown,
  [step, ...rest]: Path,
  change: (inner: unknown) => unknown,
): unknown {
  if (step === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? changed(item, rest, change) : item));
  // The path was found in the value, so it is an object here.
  const object = value as Record<string, unknown>;
  return { ...object, [step]: changed(object[step], rest, change) };
}
