import { type Caller, RequestChecks } from '@gatehouse/grpc';
import type { Ids } from '@gatehouse/kernel';
import type { DialectName } from '@gatehouse/offering';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { externalIdOf } from '../../app/connection/external-id';
import { CreateDraftCommand } from '../../app/draft/create-draft.handler';
import { DeleteDraftCommand } from '../../app/draft/delete-draft.handler';
import { type Draft, type DraftId, integrationOf } from '../../domain/draft/draft';
import { credentialUseOf } from '../../domain/integration/credential-kind';
import type { Provider } from '../../domain/integration/provider';
import { fromProtoDraftId, fromProtoGiven, fromProtoSettings } from './integration-conversion';
import { commandMetadata } from './integration-target';
import { CREDENTIAL_KIND, DIALECT } from './provider-conversion';

export const fromProtoCreateDraftRequest = (
  request: registryV1.CreateDraftRequest,
  caller: Caller,
): CreateDraftCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'CreateDraft', checks);
  const provider = checks.text('provider', request.provider, { min: 1, max: 64 });
  const settings = fromProtoSettings(request, checks);
  const given = fromProtoGiven(request, checks);
  checks.done();
  return new CreateDraftCommand({ provider, ...given, ...settings }, metadata);
};

export const fromProtoDeleteDraftRequest = (
  request: registryV1.DeleteDraftRequest,
  caller: Caller,
): DeleteDraftCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'DeleteDraft', checks);
  const id = fromProtoDraftId(request.draftId, checks);
  checks.done();
  return new DeleteDraftCommand(id, metadata);
};

export const fromProtoGetDraftRequest = (request: registryV1.GetDraftRequest): DraftId => {
  const checks = new RequestChecks();
  const id = fromProtoDraftId(request.draftId, checks);
  checks.done();
  return id;
};

export const toProtoDraft = (draft: Draft, provider: Provider | undefined, ids: Ids): registryV1.Draft => {
  const { settings } = draft;
  const owner = { organizationId: draft.organizationId, integrationId: integrationOf(draft.draftId) };
  const use = provider && credentialUseOf(provider, settings, externalIdOf(ids, owner));
  return {
    id: draft.draftId,
    provider: draft.provider,
    credentialKind: use ? CREDENTIAL_KIND[use.kind] : typeV1.CredentialKind.UNSPECIFIED,
    credentialFingerprint: draft.credentialFingerprint,
    baseUrl: settings.baseUrl,
    customHost: settings.customHost,
    fields: settings.fields,
    local: settings.local,
    api: DIALECT[settings.dialect as DialectName],
    modelHosts: settings.modelHosts,
    headerNames: [...settings.headerNames],
    externalId: use?.externalId ?? '',
    references: draft.references,
    createdAt: draft.createdAt,
    expiresAt: draft.expiresAt,
  };
};
