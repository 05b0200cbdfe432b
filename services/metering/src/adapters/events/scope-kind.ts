import type { ScopeKind } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';

export const SCOPE_KINDS: Readonly<Record<ScopeKind, meteringV1.ScopeKind>> = {
  provision: meteringV1.ScopeKind.PROVISION,
  workspace: meteringV1.ScopeKind.WORKSPACE,
  apiKey: meteringV1.ScopeKind.API_KEY,
  integration: meteringV1.ScopeKind.INTEGRATION,
  organization: meteringV1.ScopeKind.ORGANIZATION,
  workspaceKey: meteringV1.ScopeKind.WORKSPACE_KEY,
};

/** Undefined where the number names no scope that we know. */
export const fromProtoScopeKind = (kind: meteringV1.ScopeKind): ScopeKind | undefined =>
  (Object.keys(SCOPE_KINDS) as ScopeKind[]).find((key) => SCOPE_KINDS[key] === kind);
