import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { WorkspaceDetails } from '../../domain/workspace/workspace.events';

/** What was recorded before workspaces said anything of themselves says nothing. */
export const fromProtoRecordedDetails = (
  details: provisioningV1.WorkspaceDetails | undefined,
): WorkspaceDetails => ({
  icon: details?.icon ?? '',
  description: details?.description ?? '',
  defaultMetadata: details?.defaultMetadata ?? {},
});

export const toProtoDetails = (details: WorkspaceDetails): provisioningV1.WorkspaceDetails => ({
  ...details,
  defaultMetadata: { ...details.defaultMetadata },
});

/** As what begins is recorded: undefined where it says nothing. */
export const toProtoFirstDetails = (
  details: WorkspaceDetails,
): provisioningV1.WorkspaceDetails | undefined => {
  const { icon, description, defaultMetadata } = details;
  const says = icon !== '' || description !== '' || Object.keys(defaultMetadata).length > 0;
  return says ? toProtoDetails(details) : undefined;
};
