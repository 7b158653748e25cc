import { readFileSync } from 'node:fs';
import { auditTrail } from './audit-trail/project.js';
import { customerStatements } from './customer-statements/project.js';
import { paymentHistory } from './payment-history/project.js';
import { reviews } from './reviews/project.js';
import { riskVelocity } from './risk-velocity/project.js';
import { defineProjection, type Projection, type ProjectionCode } from './runner/projection.js';

/** Every read model of the house. */
export const PROJECTIONS: readonly Projection[] = [
  define(auditTrail),
  define(customerStatements),
  define(paymentHistory),
  define(reviews),
  define(riskVelocity),
];

export function projectionNamed(name: string): Projection | undefined {
  return PROJECTIONS.find((projection) => projection.name === name);
}

/** The schema lies in the folder that is named as the projection. */
function define<State, Row>(code: ProjectionCode<State, Row>): Projection {
  const schema = readFileSync(new URL(`./${code.name}/schema.sql`, import.meta.url), 'utf8');
  return defineProjection(code, schema);
}
