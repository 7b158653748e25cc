export const ROLES = ['merchant', 'analyst', 'auditor', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Who stands behind a key. */
export interface Principal {
  readonly role: Role;
  readonly keyId: string;
  /** `mer_...` of a merchant, else the id of the person's first key: it survives the rotation of keys. */
  readonly principalId: string;
  /** Only this merchant's data exist for the principal; null: those of all merchants. */
  readonly merchantId: string | null;
  /** Made at the start of a local installation: no rate limit unless one is configured. */
  readonly isLocal: boolean;
}

/** As events name who decided: `merchant:mer_...`, `operator:key_...`. */
export function actorOf(principal: Principal): string {
  return `${principal.role}:${principal.principalId}`;
}
