import type { ServiceDefinition } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';

/** What this service serves. */
export const PROVISIONING_SERVICES: Readonly<Record<string, ServiceDefinition>> = {
  'gatehouse.provisioning.v1.OrganizationService': provisioningV1.OrganizationServiceService,
  'gatehouse.provisioning.v1.WorkspaceService': provisioningV1.WorkspaceServiceService,
  'gatehouse.provisioning.v1.ProvisionService': provisioningV1.ProvisionServiceService,
  'gatehouse.provisioning.v1.AutoProvisionService': provisioningV1.AutoProvisionServiceService,
  'gatehouse.provisioning.v1.BulkProvisionService': provisioningV1.BulkProvisionServiceService,
  'gatehouse.provisioning.v1.ApiKeyService': provisioningV1.ApiKeyServiceService,
  'gatehouse.provisioning.v1.SessionService': provisioningV1.SessionServiceService,
  'gatehouse.provisioning.v1.LimitService': provisioningV1.LimitServiceService,
  'gatehouse.provisioning.v1.MemberService': provisioningV1.MemberServiceService,
  'gatehouse.provisioning.v1.AccessService': provisioningV1.AccessServiceService,
  'gatehouse.provisioning.v1.ApprovalService': provisioningV1.ApprovalServiceService,
  'gatehouse.provisioning.v1.ProposalService': provisioningV1.ProposalServiceService,
  'gatehouse.provisioning.v1.PreviewService': provisioningV1.PreviewServiceService,
  'gatehouse.provisioning.v1.GatewayConfigService': provisioningV1.GatewayConfigServiceService,
};
