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
import { registryV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Healths } from '../../app/health/health.ports';
import { ProviderCatalog } from '../../app/integration/integration.ports';
import { type IntegrationStanding, standingOf } from '../../app/integration/integration-standing';
import type { IntegrationView } from '../../app/integration/integration-streams';
import { toProtoHealth } from './health-conversion';
import { fromProtoAliasRequest, fromProtoDeploymentRequest } from './deployment-conversion';
import {
  fromProtoListLiveModelsRequest,
  fromProtoTestConnectionRequest,
  toProtoListLiveModelsResponse,
  toProtoTestConnectionResponse,
} from './connection-conversion';
import {
  fromProtoConnectIntegrationRequest,
  fromProtoDeleteIntegrationRequest,
  fromProtoDescribeIntegrationRequest,
  fromProtoGetIntegrationDependentsRequest,
  fromProtoGetIntegrationRequest,
  fromProtoListIntegrationSurroundingsRequest,
  fromProtoListIntegrationsRequest,
  fromProtoReconfigureIntegrationRequest,
  fromProtoRenameIntegrationRequest,
  fromProtoRotateCredentialRequest,
  fromProtoSwitchRequest,
  toProtoDependents,
  toProtoIntegration,
  toProtoIntegrationAnswer,
  toProtoListIntegrationsResponse,
  toProtoSurroundings,
} from './integration-conversion';
import {
  fromProtoChangeModelAccessRequest,
  fromProtoDefineCustomModelRequest,
  fromProtoListIntegrationModelsRequest,
  fromProtoOverridePriceRequest,
  fromProtoRemoveCustomModelRequest,
  fromProtoRemovePriceOverrideRequest,
  fromProtoSetPriceMultiplierRequest,
  toProtoListIntegrationModelsResponse,
} from './integration-models-conversion';

type Call<Q, R> = ServerUnaryCall<Q, R>;

/** 200 custom models and 1,000 of workspaces with names of 256 characters, 100 workspaces with their limits, a credential. */
const CONNECT_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 8_192 });
/** 500 names of 256 characters. */
const MODEL_ACCESS_REQUEST = largerRequest({ kibibytes: 640, fieldsMax: 1_024 });
/** Fields of 8,192 characters each. */
const CREDENTIAL_REQUEST = largerRequest({ kibibytes: 256, fieldsMax: 1_024 });

@GrpcService('IntegrationService', registryV1.IntegrationServiceService)
export class IntegrationController implements GrpcController<typeof registryV1.IntegrationServiceService> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly catalog: ProviderCatalog,
    private readonly ids: Ids,
    private readonly healths: Healths,
  ) {}

  private readonly standing = (view: IntegrationView): IntegrationStanding =>
    standingOf(view, this.catalog.find(view.provider), this.ids);

  @Requires(
    'workspace.admin',
    ['organisation_integrations.create', 'workspace_integrations.create'],
    CONNECT_REQUEST,
  )
  @SecretFields('credential', 'headers')
  async connectIntegration(
    request: registryV1.ConnectIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.ConnectIntegrationRequest, registryV1.ConnectIntegrationResponse>,
  ): Promise<registryV1.ConnectIntegrationResponse> {
    const command = fromProtoConnectIntegrationRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.read', 'organisation_integrations.read', SMALL_REQUEST)
  async getIntegration(
    request: registryV1.GetIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.GetIntegrationRequest, registryV1.GetIntegrationResponse>,
  ): Promise<registryV1.GetIntegrationResponse> {
    const query = fromProtoGetIntegrationRequest(request, callerOf(call));
    const view = await this.queries.execute(query);
    const health = toProtoHealth(await this.healths.find(view.integrationId), view);
    return { integration: { ...toProtoIntegration(view, this.standing), health } };
  }

  @Requires('organization.read', 'organisation_integrations.list', SMALL_REQUEST)
  async listIntegrations(
    request: registryV1.ListIntegrationsRequest,
    _metadata: unknown,
    call: Call<registryV1.ListIntegrationsRequest, registryV1.ListIntegrationsResponse>,
  ): Promise<registryV1.ListIntegrationsResponse> {
    const query = fromProtoListIntegrationsRequest(request, callerOf(call));
    return toProtoListIntegrationsResponse(request, await this.queries.execute(query), this.standing);
  }

  @Requires('organization.read', 'organisation_integrations.list', SMALL_REQUEST)
  async listIntegrationSurroundings(
    request: registryV1.ListIntegrationSurroundingsRequest,
    _metadata: unknown,
    call: Call<registryV1.ListIntegrationSurroundingsRequest, registryV1.ListIntegrationSurroundingsResponse>,
  ): Promise<registryV1.ListIntegrationSurroundingsResponse> {
    const query = fromProtoListIntegrationSurroundingsRequest(request, callerOf(call));
    return { surroundings: (await this.queries.execute(query)).map(toProtoSurroundings) };
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async renameIntegration(
    request: registryV1.RenameIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.RenameIntegrationRequest, registryV1.RenameIntegrationResponse>,
  ): Promise<registryV1.RenameIntegrationResponse> {
    const command = fromProtoRenameIntegrationRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async describeIntegration(
    request: registryV1.DescribeIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.DescribeIntegrationRequest, registryV1.DescribeIntegrationResponse>,
  ): Promise<registryV1.DescribeIntegrationResponse> {
    const command = fromProtoDescribeIntegrationRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async disableIntegration(
    request: registryV1.DisableIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.DisableIntegrationRequest, registryV1.DisableIntegrationResponse>,
  ): Promise<registryV1.DisableIntegrationResponse> {
    const command = fromProtoSwitchRequest(request, callerOf(call), 'DisableIntegration');
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async enableIntegration(
    request: registryV1.EnableIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.EnableIntegrationRequest, registryV1.EnableIntegrationResponse>,
  ): Promise<registryV1.EnableIntegrationResponse> {
    const command = fromProtoSwitchRequest(request, callerOf(call), 'EnableIntegration');
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', CREDENTIAL_REQUEST)
  @SecretFields('credential', 'headers')
  async rotateCredential(
    request: registryV1.RotateCredentialRequest,
    _metadata: unknown,
    call: Call<registryV1.RotateCredentialRequest, registryV1.RotateCredentialResponse>,
  ): Promise<registryV1.RotateCredentialResponse> {
    const command = fromProtoRotateCredentialRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', CREDENTIAL_REQUEST)
  @SecretFields('credential', 'headers')
  async reconfigureIntegration(
    request: registryV1.ReconfigureIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.ReconfigureIntegrationRequest, registryV1.ReconfigureIntegrationResponse>,
  ): Promise<registryV1.ReconfigureIntegrationResponse> {
    const command = fromProtoReconfigureIntegrationRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async addDeployment(
    request: registryV1.AddDeploymentRequest,
    _metadata: unknown,
    call: Call<registryV1.AddDeploymentRequest, registryV1.AddDeploymentResponse>,
  ): Promise<registryV1.AddDeploymentResponse> {
    const command = fromProtoDeploymentRequest(request, callerOf(call), 'AddDeployment');
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async changeDeployment(
    request: registryV1.ChangeDeploymentRequest,
    _metadata: unknown,
    call: Call<registryV1.ChangeDeploymentRequest, registryV1.ChangeDeploymentResponse>,
  ): Promise<registryV1.ChangeDeploymentResponse> {
    const command = fromProtoDeploymentRequest(request, callerOf(call), 'ChangeDeployment');
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async removeDeployment(
    request: registryV1.RemoveDeploymentRequest,
    _metadata: unknown,
    call: Call<registryV1.RemoveDeploymentRequest, registryV1.RemoveDeploymentResponse>,
  ): Promise<registryV1.RemoveDeploymentResponse> {
    const command = fromProtoAliasRequest(request, callerOf(call), 'RemoveDeployment');
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async setDefaultDeployment(
    request: registryV1.SetDefaultDeploymentRequest,
    _metadata: unknown,
    call: Call<registryV1.SetDefaultDeploymentRequest, registryV1.SetDefaultDeploymentResponse>,
  ): Promise<registryV1.SetDefaultDeploymentResponse> {
    const command = fromProtoAliasRequest(request, callerOf(call), 'SetDefaultDeployment');
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.read', 'organisation_integrations.read', SMALL_REQUEST)
  async getIntegrationDependents(
    request: registryV1.GetIntegrationDependentsRequest,
    _metadata: unknown,
    call: Call<registryV1.GetIntegrationDependentsRequest, registryV1.GetIntegrationDependentsResponse>,
  ): Promise<registryV1.GetIntegrationDependentsResponse> {
    const query = fromProtoGetIntegrationDependentsRequest(request, callerOf(call));
    return toProtoDependents(await this.queries.execute(query));
  }

  @Requires('organization.admin', 'organisation_integrations.read', SMALL_REQUEST)
  async testConnection(
    request: registryV1.TestConnectionRequest,
    _metadata: unknown,
    call: Call<registryV1.TestConnectionRequest, registryV1.TestConnectionResponse>,
  ): Promise<registryV1.TestConnectionResponse> {
    const query = fromProtoTestConnectionRequest(request, callerOf(call));
    return toProtoTestConnectionResponse(await this.queries.execute(query));
  }

  @Requires('organization.admin', 'organisation_integrations.read', SMALL_REQUEST)
  async listLiveModels(
    request: registryV1.ListLiveModelsRequest,
    _metadata: unknown,
    call: Call<registryV1.ListLiveModelsRequest, registryV1.ListLiveModelsResponse>,
  ): Promise<registryV1.ListLiveModelsResponse> {
    const query = fromProtoListLiveModelsRequest(request, callerOf(call));
    return toProtoListLiveModelsResponse(await this.queries.execute(query));
  }

  @Requires('organization.admin', 'organisation_integrations.delete', SMALL_REQUEST)
  async deleteIntegration(
    request: registryV1.DeleteIntegrationRequest,
    _metadata: unknown,
    call: Call<registryV1.DeleteIntegrationRequest, registryV1.DeleteIntegrationResponse>,
  ): Promise<registryV1.DeleteIntegrationResponse> {
    const command = fromProtoDeleteIntegrationRequest(request, callerOf(call));
    return { position: String(await this.commands.execute(command)) };
  }

  @Requires('organization.admin', 'organisation_integrations.update', MODEL_ACCESS_REQUEST)
  async changeModelAccess(
    request: registryV1.ChangeModelAccessRequest,
    _metadata: unknown,
    call: Call<registryV1.ChangeModelAccessRequest, registryV1.ChangeModelAccessResponse>,
  ): Promise<registryV1.ChangeModelAccessResponse> {
    const command = fromProtoChangeModelAccessRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async defineCustomModel(
    request: registryV1.DefineCustomModelRequest,
    _metadata: unknown,
    call: Call<registryV1.DefineCustomModelRequest, registryV1.DefineCustomModelResponse>,
  ): Promise<registryV1.DefineCustomModelResponse> {
    const command = fromProtoDefineCustomModelRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async removeCustomModel(
    request: registryV1.RemoveCustomModelRequest,
    _metadata: unknown,
    call: Call<registryV1.RemoveCustomModelRequest, registryV1.RemoveCustomModelResponse>,
  ): Promise<registryV1.RemoveCustomModelResponse> {
    const command = fromProtoRemoveCustomModelRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async overridePrice(
    request: registryV1.OverridePriceRequest,
    _metadata: unknown,
    call: Call<registryV1.OverridePriceRequest, registryV1.OverridePriceResponse>,
  ): Promise<registryV1.OverridePriceResponse> {
    const command = fromProtoOverridePriceRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async removePriceOverride(
    request: registryV1.RemovePriceOverrideRequest,
    _metadata: unknown,
    call: Call<registryV1.RemovePriceOverrideRequest, registryV1.RemovePriceOverrideResponse>,
  ): Promise<registryV1.RemovePriceOverrideResponse> {
    const command = fromProtoRemovePriceOverrideRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.admin', 'organisation_integrations.update', SMALL_REQUEST)
  async setPriceMultiplier(
    request: registryV1.SetPriceMultiplierRequest,
    _metadata: unknown,
    call: Call<registryV1.SetPriceMultiplierRequest, registryV1.SetPriceMultiplierResponse>,
  ): Promise<registryV1.SetPriceMultiplierResponse> {
    const command = fromProtoSetPriceMultiplierRequest(request, callerOf(call));
    return toProtoIntegrationAnswer(await this.commands.execute(command), this.standing);
  }

  @Requires('organization.read', 'organisation_integrations.read', SMALL_REQUEST)
  async listIntegrationModels(
    request: registryV1.ListIntegrationModelsRequest,
    _metadata: unknown,
    call: Call<registryV1.ListIntegrationModelsRequest, registryV1.ListIntegrationModelsResponse>,
  ): Promise<registryV1.ListIntegrationModelsResponse> {
    const query = fromProtoListIntegrationModelsRequest(request, callerOf(call));
    return toProtoListIntegrationModelsResponse(request, await this.queries.execute(query));
  }
}
