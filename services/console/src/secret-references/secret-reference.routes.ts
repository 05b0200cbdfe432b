import { z } from 'zod';
import { pageQuery } from '../rest/paging';
import { route } from '../rest/route';
import {
  secretReferenceAnswer,
  secretReferenceChange,
  secretReferenceCreation,
  secretReferenceNamed,
  secretReferencePath,
} from './secret-reference.schema';

const ALL = '/v1/secret-references';
const ONE = `${ALL}/{slug}`;

export const listSecretReferences = route({
  method: 'GET',
  url: ALL,
  summary: 'Names for secrets that are kept elsewhere, in their order',
  query: z.object({
    ...pageQuery,
    manager_type: secretReferenceAnswer.shape.manager_type.optional(),
    search: z.string().optional().meta({ description: 'Is contained in the name.' }),
  }),
  answer: z.object({ object: z.literal('list'), total: z.int(), data: z.array(secretReferenceAnswer) }),
});

export const createSecretReference = route({
  method: 'POST',
  url: ALL,
  summary: 'Names a secret that gateways read elsewhere',
  body: secretReferenceCreation,
  answer: secretReferenceNamed,
});

export const getSecretReference = route({
  method: 'GET',
  url: ONE,
  summary: 'Where a secret is kept',
  path: secretReferencePath,
  answer: secretReferenceAnswer,
});

export const changeSecretReference = route({
  method: 'PUT',
  url: ONE,
  summary: 'Leads elsewhere from now on, for every integration that uses it',
  path: secretReferencePath,
  body: secretReferenceChange,
  answer: secretReferenceNamed,
});

export const deleteSecretReference = route({
  method: 'DELETE',
  url: ONE,
  summary: 'Forgets a name that no integration uses',
  path: secretReferencePath,
});

export const SECRET_REFERENCE_ROUTES = [
  listSecretReferences,
  createSecretReference,
  getSecretReference,
  changeSecretReference,
  deleteSecretReference,
];
