import type { KeyRole } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';

const ROLES: Readonly<Record<KeyRole, provisioningV1.ApiKeyRole>> = {
  owner: provisioningV1.ApiKeyRole.OWNER,
  admin: provisioningV1.ApiKeyRole.ADMIN,
  auditor: provisioningV1.ApiKeyRole.AUDITOR,
  workspaceAdmin: provisioningV1.ApiKeyRole.WORKSPACE_ADMIN,
  workspaceMember: provisioningV1.ApiKeyRole.WORKSPACE,
};

export const toProtoKeyRole = (role: KeyRole): provisioningV1.ApiKeyRole => ROLES[role];

/** Undefined for none, and for one that this program does not know. */
export const fromProtoKeyRole = (role: provisioningV1.ApiKeyRole): KeyRole | undefined =>
  (Object.keys(ROLES) as KeyRole[]).find((known) => ROLES[known] === role);
