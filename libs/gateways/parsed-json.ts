/** For a schema to judge; undefined where the text is no JSON, which no schema takes. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown; // reason: a schema judges it
  } catch {
    return undefined;
  }
}
