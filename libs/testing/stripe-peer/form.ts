export interface Form {
  readonly [name: string]: string | Form | undefined;
}

/** Reads Stripe's form encoding: `metadata[key]=value`, `expand[0]=latest_charge`, `types[]=a`. */
export function parseForm(text: string): Form {
  const root: Record<string, unknown> = {};
  let unnamed = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split('[').map((part) => part.replace(/\]$/, '') || `_${unnamed++}`);
    let at = root;
    for (const part of path.slice(0, -1)) {
      // reason: only objects are put under a name that has further parts
      at = (at[part] ??= {}) as Record<string, unknown>;
    }
    at[path.at(-1) ?? ''] = value;
  }
  return root as Form; // reason: built of nothing but strings and such objects
}

export function text(form: Form, name: string): string | null {
  const value = form[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function sub(form: Form, name: string): Form {
  const value = form[name];
  return typeof value === 'object' ? value : {};
}

export function values(form: Form, name: string): readonly string[] {
  return Object.values(sub(form, name)).filter((value) => typeof value === 'string');
}
