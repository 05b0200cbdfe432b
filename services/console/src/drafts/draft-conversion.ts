import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { CREDENTIAL_KINDS, DIALECTS } from '../catalog/catalog.schema';
import { timeOrNull } from '../rest/or-null';
import {
  CONNECTION_OUTCOMES,
  type ConnectionTestAnswer,
  type DraftAnswer,
  type LiveModelsAnswer,
  type Settings,
} from './draft.schema';

const { ConnectionOutcome } = typeV1;

/** What CreateDraft and ConnectIntegration have in common. */
export const fromRestSettings = (said: Settings) => ({
  provider: said.provider,
  credentialKind: said.credential_kind
    ? CREDENTIAL_KINDS.valueOf(said.credential_kind)
    : typeV1.CredentialKind.UNSPECIFIED,
  credential: said.credential,
  headers: said.headers,
  references: said.references,
  fields: said.fields,
  customHost: said.custom_host,
  local: said.local,
  api: said.api ? DIALECTS.valueOf(said.api) : typeV1.Dialect.UNSPECIFIED,
  modelHosts: said.model_hosts,
  reason: said.reason,
});

export const toRestDraft = (draft: registryV1.Draft): DraftAnswer => ({
  id: draft.id,
  provider: draft.provider,
  credential_kind: CREDENTIAL_KINDS.of(draft.credentialKind),
  credential_fingerprint: draft.credentialFingerprint,
  base_url: draft.baseUrl || null,
  custom_host: draft.customHost || null,
  fields: draft.fields,
  local: draft.local,
  api: DIALECTS.of(draft.api),
  model_hosts: draft.modelHosts,
  header_names: draft.headerNames,
  external_id: draft.externalId || null,
  created_at: timeOrNull(draft.createdAt),
  expires_at: timeOrNull(draft.expiresAt),
  object: 'draft',
});

export const toRestConnectionTest = ({
  result,
  explanation,
}: registryV1.TestConnectionResponse): ConnectionTestAnswer => ({
  outcome: CONNECTION_OUTCOMES.of(result?.outcome ?? ConnectionOutcome.UNSPECIFIED),
  explanation,
  http_status: result?.httpStatus || null,
  detail: result?.detail || null,
  duration_ms: result?.durationMs ?? 0,
  object: 'connection-test',
});

export const toRestLiveModels = ({
  modelNames,
  ...tested
}: registryV1.ListLiveModelsResponse): LiveModelsAnswer => {
  const { outcome } = tested.result ?? {};
  const listed = outcome === ConnectionOutcome.WORKS || outcome === ConnectionOutcome.ANSWERS_ANYBODY;
  return { ...toRestConnectionTest(tested), models: listed ? modelNames : null, object: 'live-models' };
};
