import type { OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { NamePurpose, WorkspaceNameEvent } from './workspace-name.events';

export type WorkspaceNameState =
  | { readonly status: 'free' }
  | {
      readonly status: 'reserved';
      readonly organizationId: OrganizationId;
      readonly name: string;
      readonly workspaceId: WorkspaceId;
      readonly purpose: NamePurpose;
    };

export const evolve = (_state: WorkspaceNameState, event: WorkspaceNameEvent): WorkspaceNameState => {
  switch (event.type) {
    case 'WorkspaceNameReserved': {
      const { type: _type, ...reserved } = event;
      return { status: 'reserved', ...reserved };
    }
    case 'WorkspaceNameReleased':
      return { status: 'free' };
  }
};
