import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  SecretFields,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { Ids } from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { CommandBus } from '@nestjs/cqrs';
import { OpenDrafts } from '../../app/draft/open-drafts';
import { ProviderCatalog } from '../../app/integration/integration.ports';
import type { Draft } from '../../domain/draft/draft';
import {
  fromProtoCreateDraftRequest,
  fromProtoDeleteDraftRequest,
  fromProtoGetDraftRequest,
  toProtoDraft,
} from './draft-conversion';

type Call<Q, R> = ServerUnaryCall<Q, R>;

/** Fields of 8,192 characters each. */
const DRAFT_REQUEST = largerRequest({ kibibytes: 256, fieldsMax: 1_024 });

@GrpcService('DraftService', registryV1.DraftServiceService)
export class DraftController implements GrpcController<typeof registryV1.DraftServiceService> {
  constructor(
    private readonly commands: CommandBus,
    private readonly drafts: OpenDrafts,
    private readonly catalog: ProviderCatalog,
    private readonly ids: Ids,
  ) {}

  private readonly shown = (draft: Draft): registryV1.Draft =>
    toProtoDraft(draft, this.catalog.find(draft.provider), this.ids);

  @Requires('organization.admin', 'organisation_integrations.create', DRAFT_REQUEST)
  @SecretFields('credential', 'headers')
  async createDraft(
    request: registryV1.CreateDraftRequest,
    _metadata: unknown,
    call: Call<registryV1.CreateDraftRequest, registryV1.CreateDraftResponse>,
  ): Promise<registryV1.CreateDraftResponse> {
    const command = fromProtoCreateDraftRequest(request, callerOf(call));
    return { draft: this.shown(await this.commands.execute(command)) };
  }

  @Requires('organization.read', 'organisation_integrations.read', SMALL_REQUEST)
  async getDraft(
    request: registryV1.GetDraftRequest,
    _metadata: unknown,
    call: Call<registryV1.GetDraftRequest, registryV1.GetDraftResponse>,
  ): Promise<registryV1.GetDraftResponse> {
    const id = fromProtoGetDraftRequest(request);
    return { draft: this.shown(await this.drafts.get(organizationOf(callerOf(call)), id)) };
  }

  @Requires('organization.read', 'organisation_integrations.list', SMALL_REQUEST)
  async listDrafts(
    _request: registryV1.ListDraftsRequest,
    _metadata: unknown,
    call: Call<registryV1.ListDraftsRequest, registryV1.ListDraftsResponse>,
  ): Promise<registryV1.ListDraftsResponse> {
    const drafts = await this.drafts.list(organizationOf(callerOf(call)));
    return { drafts: drafts.map(this.shown) };
  }

  @Requires('organization.admin', 'organisation_integrations.delete', SMALL_REQUEST)
  async deleteDraft(
    request: registryV1.DeleteDraftRequest,
    _metadata: unknown,
    call: Call<registryV1.DeleteDraftRequest, registryV1.DeleteDraftResponse>,
  ): Promise<registryV1.DeleteDraftResponse> {
    await this.commands.execute(fromProtoDeleteDraftRequest(request, callerOf(call)));
    return {};
  }
}
