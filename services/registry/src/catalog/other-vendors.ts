import type { DialectName } from '@gatehouse/offering';
import type { CredentialKind } from '../domain/integration/provider';
import type { AuthScheme, Endpoint, FormField, Provider } from '../domain/integration/provider';
import { awsRole, azureEntra, bedrockApiKey, googleApiKey } from './credential-kinds';
import { apiKey, openField, PATH_PART, region, secretField } from './form-fields';
import { openaiEndpoints } from './openai-compatible';
import type { ProviderRow } from './provider-row';

interface Row {
  readonly auth?: AuthScheme;
  readonly dialects?: readonly [DialectName, ...DialectName[]];
  readonly endpoints?: readonly Endpoint[];
  readonly form?: readonly FormField[];
  readonly customHost?: Provider['customHost'];
  readonly deprecated?: boolean;
  readonly audience?: string;
  readonly otherKinds?: readonly CredentialKind[];
}

/** A vendor with a language or a proof of identity of its own. */
const vendor = (
  name: string,
  displayName: string,
  baseUrl: string,
  {
    auth = 'bearer',
    dialects = ['other'],
    endpoints = [],
    form = [apiKey],
    customHost = baseUrl === '' ? 'required' : 'optional',
    deprecated = false,
    ...kinds
  }: Row = {},
): ProviderRow => ({
  name,
  displayName,
  baseUrl,
  customHost,
  auth,
  dialects,
  endpoints,
  form,
  deprecated,
  ...kinds,
});

const aws: readonly FormField[] = [
  secretField('aws_access_key_id', 'Access key id'),
  secretField('aws_secret_access_key', 'Secret access key'),
  secretField('aws_session_token', 'Session token', 'of temporary keys', false),
];

export const otherVendors: readonly ProviderRow[] = [
  vendor('ai21', 'AI21 Labs', 'https://api.ai21.com/studio/v1'),
  vendor('azure-ai', 'Azure AI Foundry', '', {
    dialects: ['azure-openai', 'anthropic'],
    auth: 'api-key',
    otherKinds: azureEntra,
  }),
  vendor('bedrock', 'Amazon Bedrock', 'https://bedrock-runtime.{region}.amazonaws.com', {
    auth: 'aws-sigv4',
    dialects: ['bedrock'],
    form: [...aws, region('e.g. us-east-1')],
    audience: 'bedrock',
    otherKinds: [awsRole('bedrock'), bedrockApiKey],
  }),
  vendor('bedrock-mantle', 'Amazon Bedrock Mantle', 'https://bedrock-mantle.{region}.api.aws/v1', {
    auth: 'aws-sigv4',
    dialects: ['openai', 'anthropic'],
    endpoints: openaiEndpoints('chat-completions', 'responses', 'messages'),
    form: [...aws, region('e.g. us-east-1')],
    audience: 'bedrock',
    otherKinds: [awsRole('bedrock'), bedrockApiKey],
  }),
  vendor('bytez', 'Bytez', 'https://api.bytez.com', { auth: 'key' }),
  vendor('claude-platform-aws', 'Claude Platform on AWS', '', {
    auth: 'aws-sigv4',
    dialects: ['anthropic'],
    endpoints: openaiEndpoints('messages'),
    form: [...aws, region('e.g. us-east-1')],
  }),
  vendor('cohere', 'Cohere', 'https://api.cohere.ai', { dialects: ['cohere'] }),
  vendor('cortex', 'Snowflake Cortex', 'https://{snowflake_account}.snowflakecomputing.com/api/v2', {
    form: [apiKey, openField('snowflake_account', 'Account', /^[a-z0-9][a-z0-9._-]{0,127}$/i)],
  }),
  vendor('deepgram', 'Deepgram', 'https://api.deepgram.com/v1', { auth: 'token' }),
  vendor('fal-ai', 'fal', '', { auth: 'key' }),
  vendor('google', 'Google Gemini', 'https://generativelanguage.googleapis.com/v1beta', {
    auth: 'x-goog-api-key',
    dialects: ['gemini'],
  }),
  vendor('meshy', 'Meshy', ''),
  vendor('milvus', 'Milvus', ''),
  vendor('minimax', 'MiniMax', 'https://api.minimax.io/anthropic/v1', {
    auth: 'x-api-key',
    dialects: ['anthropic'],
    endpoints: openaiEndpoints('messages'),
  }),
  vendor('nomic', 'Nomic', 'https://api-atlas.nomic.ai/v1'),
  vendor('oracle', 'Oracle Cloud', 'https://inference.generativeai.{region}.oci.oraclecloud.com', {
    auth: 'oci-signature',
    form: [
      region('e.g. us-chicago-1'),
      openField('tenancy', 'Tenancy', PATH_PART, 'its OCID'),
      openField('user', 'User', PATH_PART, 'its OCID'),
      openField('compartment', 'Compartment', PATH_PART, 'its OCID'),
      openField('fingerprint', 'Fingerprint', /^[0-9a-f]{2}(?::[0-9a-f]{2}){15}$/i, "of the user's API key"),
      secretField('private_key', 'Private key', 'its PEM without line breaks'),
    ],
  }),
  vendor('palm', 'Google PaLM', 'https://generativelanguage.googleapis.com/v1beta3', {
    auth: 'x-goog-api-key',
    deprecated: true,
  }),
  vendor('pinecone', 'Pinecone', '', { auth: 'api-key' }),
  vendor('qdrant', 'Qdrant', '', { auth: 'api-key' }),
  vendor('reka-ai', 'Reka', 'https://api.reka.ai', { auth: 'x-api-key' }),
  vendor('replicate', 'Replicate', 'https://api.replicate.com/v1'),
  vendor('sagemaker', 'Amazon SageMaker', 'https://runtime.sagemaker.{region}.amazonaws.com', {
    auth: 'aws-sigv4',
    form: [...aws, region('e.g. us-east-1')],
    audience: 'sagemaker',
    otherKinds: [awsRole('sagemaker')],
  }),
  vendor('segmind', 'Segmind', 'https://api.segmind.com/v1', { auth: 'x-api-key' }),
  vendor('stability-ai', 'Stability AI', 'https://api.stability.ai'),
  vendor('tripo3d', 'Tripo', ''),
  vendor('triton', 'NVIDIA Triton', '', { form: [{ ...apiKey, required: false }] }),
  vendor('vertex-ai', 'Google Vertex AI', 'https://{region}-aiplatform.googleapis.com', {
    auth: 'google-oauth',
    dialects: ['gemini', 'anthropic', 'openai'],
    form: [
      secretField('service_account_json', 'Service account', 'the key file, on one line'),
      region('e.g. europe-west4'),
      openField('project_id', 'Project', PATH_PART),
    ],
    otherKinds: [googleApiKey],
  }),
];
