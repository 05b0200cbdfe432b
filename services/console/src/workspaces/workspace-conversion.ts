import { provisioningV1 } from '@gatehouse/proto-gen';
import { toRestLimitsOrNull } from '../limits/limit-conversion';
import type { WorkspaceAnswer } from './workspace.schema';

const { WorkspaceStatus } = provisioningV1;

export const toRestWorkspace = (workspace: provisioningV1.Workspace): WorkspaceAnswer => {
  const { defaultMetadata: metadata } = workspace;
  return {
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    icon: workspace.icon || null,
    description: workspace.description || null,
    created_at: workspace.createdAt?.toISOString() ?? null,
    status: workspace.status === WorkspaceStatus.ARCHIVED ? 'archived' : 'active',
    defaults: Object.keys(metadata).length === 0 ? null : { metadata },
    ...toRestLimitsOrNull(workspace.limits),
    object: 'workspace',
  };
};
