import type { CredentialKind } from '../domain/integration/provider';
import type { FormField } from '../domain/integration/provider';
import { apiKey, openField, secretField } from './form-fields';

const ENTRA_ISSUER = 'https://login.microsoftonline.com';
/** Instance metadata, which only the fetchers of tokens reach. */
const METADATA_ISSUER = 'http://169.254.169.254';
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ARN_OF_ROLE = /^arn:aws[a-z-]{0,20}:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;

const tenantId = openField(
  'tenant_id',
  'Tenant',
  /^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/i,
  "its id, or one of the tenant's domains",
);
const clientId = openField('client_id', 'Application', GUID, 'its client id');
const identity = openField('client_id', 'Identity', GUID, 'of a user-assigned one', false);

/** How Entra ID is asked for tokens of a scope. */
const entra = (audience: string): readonly CredentialKind[] => [
  {
    name: 'entra-client-secret',
    label: 'Entra application',
    fields: [tenantId, clientId, secretField('client_secret', 'Client secret')],
    audience,
    issuer: ENTRA_ISSUER,
  },
  {
    name: 'entra-managed-identity',
    label: "Managed identity of the gateway's machine, where the operator lends it",
    fields: [identity],
    audience,
    issuer: METADATA_ISSUER,
  },
  {
    name: 'entra-workload-identity',
    label: "Workload identity of the gateway's cluster, where the operator lends it",
    fields: [tenantId, clientId],
    audience,
    issuer: ENTRA_ISSUER,
  },
];

/** Of Azure's cognitive services: OpenAI's models and the foundry's. */
export const azureEntra = entra('https://cognitiveservices.azure.com/.default');

/** All of a key or nothing: by a part of one the gateway's own would be taken. */
const keyOfAssumer = (name: string, label: string, needs: string): FormField => ({
  ...secretField(
    name,
    label,
    'of who assumes the role; none where the operator lends the gateway’s own',
    false,
  ),
  needs,
});

/** A role at AWS. Its trust policy has to ask for the external id that the integration shows. */
export const awsRole = (service: string): CredentialKind => ({
  name: 'aws-assumed-role',
  label: 'AWS role',
  fields: [
    openField('role_arn', 'Role', ARN_OF_ROLE, 'its ARN'),
    keyOfAssumer('aws_access_key_id', 'Access key id', 'aws_secret_access_key'),
    keyOfAssumer('aws_secret_access_key', 'Secret access key', 'aws_access_key_id'),
    keyOfAssumer('aws_session_token', 'Session token', 'aws_access_key_id'),
  ],
  audience: service,
  issuer: 'https://sts.{region}.amazonaws.com',
  issuerApart: { regions: 'cn-', issuer: 'https://sts.{region}.amazonaws.com.cn' },
});

const keyAlone = (name: 'bedrock-api-key' | 'google-api-key', label: string): CredentialKind => ({
  name,
  label,
  fields: [apiKey],
  audience: '',
  issuer: '',
});
export const bedrockApiKey = keyAlone('bedrock-api-key', 'Bedrock API key');
export const googleApiKey = keyAlone('google-api-key', 'Google API key');

/** Of servers that may run without a key: nothing at all, or the headers that are given with it. */
export const withoutKey: readonly CredentialKind[] = [
  { name: 'none', label: 'None', fields: [], audience: '', issuer: '' },
  { name: 'custom-headers', label: 'Custom headers', fields: [], audience: '', issuer: '' },
];
