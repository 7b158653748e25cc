import { z } from 'zod';
import {
  KEY_NAME_CHARS_MAX,
  MERCHANT_ID,
  MERCHANT_ID_EXPECTED,
} from '../../../libs/access/key-names.js';
import { ROLES } from '../../../libs/access/role.js';
import { instantSchema, textSchema } from './common.schema.js';

export const OVERLAP_DEFAULT_S = 86_400;
export const OVERLAP_MAX_S = 30 * 86_400;

export const createKeySchema = z
  .strictObject({
    role: z.enum(ROLES),
    merchant_id: z.string().regex(MERCHANT_ID, MERCHANT_ID_EXPECTED).optional(),
    name: textSchema(KEY_NAME_CHARS_MAX).optional(),
    expires_at: instantSchema.optional(),
  })
  .refine((body) => (body.role === 'merchant') === (body.merchant_id !== undefined), {
    path: ['merchant_id'],
    message: 'goes with the role merchant, and only with it',
  });

export const rotateKeySchema = z.strictObject({
  overlap_s: z.int().min(0).max(OVERLAP_MAX_S).default(OVERLAP_DEFAULT_S).meta({
    description: 'Seconds for which the old key still passes.',
  }),
});

const instant = z.iso.datetime();

export const keySchema = z.object({
  id: z.string(),
  role: z.enum(ROLES),
  merchant_id: z.string().nullable(),
  principal_id: z.string().meta({ description: 'Whom the key stands for; survives its rotation.' }),
  name: z.string().nullable(),
  created_at: instant,
  expires_at: instant.nullable(),
  revoked: z.boolean(),
  successor_id: z.string().nullable().meta({ description: 'Of its last rotation.' }),
});

export const issuedKeySchema = keySchema.extend({
  key: z.string().meta({ description: 'Shown this once.' }),
});
