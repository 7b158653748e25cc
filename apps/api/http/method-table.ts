interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Which methods a path takes, for the answer to a wrong one. */
export class MethodTable {
  private readonly paths = new Map<string, KnownPath>();

  /** `path` in Fastify's form: `/v1/payments/:id`. */
  remember(method: string | readonly string[], path: string): void {
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
    const known = this.paths.get(path) ?? { pattern, methods: new Set<string>() };
    this.paths.set(path, known);
    for (const one of [method].flat()) known.methods.add(one);
  }

  /** None: there is no such path. */
  allowed(url: string): readonly string[] {
    const path = url.split('?', 1)[0] ?? '';
    for (const { pattern, methods } of this.paths.values()) {
      if (pattern.test(path)) return [...methods];
    }
    return [];
  }
}
