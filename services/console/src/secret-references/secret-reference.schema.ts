import { z } from 'zod';

export const secretReferencePath = z.object({
  slug: z.string().meta({ description: 'Of the reference; its id is the same.' }),
});

/** What references have no words for: whoever means something by it is told so. */
const unsaid = {
  description: z.literal('').nullish(),
  secret_key: z
    .literal('')
    .nullish()
    .meta({ description: 'Which member of a secret is meant is said where it is used.' }),
  allow_all_workspaces: z.literal(true).nullish(),
  allowed_workspaces: z.array(z.string()).length(0).nullish(),
  tags: z
    .record(z.string(), z.string())
    .refine((said) => Object.keys(said).length === 0)
    .nullish(),
};

const managerType = z.enum(['aws_sm', 'hashicorp_vault', 'environment', 'file']);

const place = {
  manager_type: managerType,
  auth_config: z
    .record(z.string(), z.unknown())
    .nullish()
    .meta({ description: 'aws_region of aws_sm. Gateways authenticate as themselves: nothing else.' }),
  secret_path: z.string().meta({
    description:
      'aws_sm: its name; hashicorp_vault: mount and path, `secret/team/openai`; environment: a variable; file: an absolute path.',
  }),
};

export const secretReferenceCreation = z.object({
  name: z.string().meta({ description: 'What it is called: letters, digits, `_` and `-`.' }),
  slug: z.string().nullish().meta({ description: 'The same, where it is said.' }),
  ...place,
  ...unsaid,
});

export const secretReferenceChange = z.object({
  name: z.string().optional().meta({ description: 'As it is.' }),
  manager_type: managerType.optional(),
  auth_config: place.auth_config,
  secret_path: z.string().optional(),
  ...unsaid,
});

export const secretReferenceNamed = z.object({
  id: z.string(),
  slug: z.string(),
  object: z.literal('secret-reference'),
});

export const secretReferenceAnswer = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.null(),
  manager_type: managerType,
  auth_config: z.record(z.string(), z.string()),
  secret_path: z.string(),
  secret_key: z.null(),
  allow_all_workspaces: z.literal(true),
  allowed_workspaces: z.null(),
  tags: z.null(),
  status: z.literal('active'),
  created_at: z.string().nullable(),
  object: z.literal('secret-reference'),
});

export type SecretPlace = Pick<
  z.output<typeof secretReferenceCreation>,
  'manager_type' | 'auth_config' | 'secret_path'
>;
export type SecretReferenceChange = z.output<typeof secretReferenceChange>;
export type SecretReferenceAnswer = z.output<typeof secretReferenceAnswer>;
