import { AppError, type MemberId, type OrganizationId } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import { type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import { type Roster, rosterOf } from '../../domain/roster/roster';
import { presentMember } from '../../domain/roster/roster-rules';
import type { MemberRole, MemberRoles } from '../../domain/roster/roster.events';
import type { OrphanedKey } from './roster.ports';
import { RosterStreams } from './roster-streams';

/** Sees to it that a member's key opens nothing that the member may not. */
@Injectable()
export class KeyHolders {
  constructor(private readonly rosters: RosterStreams) {}

  /** NOT_FOUND `MEMBER_UNKNOWN`; REFUSED `KEY_ABOVE_MEMBER`. */
  async assertMayHold(organizationId: OrganizationId, id: MemberId, reach: KeyReach): Promise<void> {
    const history = (await this.rosters.find(organizationId))?.state;
    const { roles } = presentMember(rosterOf(history), id);
    if (!mayHold(roles, reach)) throw new AppError('REFUSED', 'KEY_ABOVE_MEMBER');
  }

  /** Of these keys, those that their members may not hold by the log: what is told of a member may be late. */
  async lostAmong(keys: readonly OrphanedKey[]): Promise<readonly OrphanedKey[]> {
    const rosters = new Map<OrganizationId, Roster>();
    for (const { organizationId } of keys) {
      if (rosters.has(organizationId)) continue;
      rosters.set(organizationId, rosterOf((await this.rosters.find(organizationId))?.state));
    }
    return keys.filter(({ organizationId, memberId, reach }) => {
      const member = rosters.get(organizationId)?.members.get(memberId);
      return member === undefined || member.removed || !mayHold(member.roles, reach);
    });
  }
}

/** The roles in the organization that may hold a key of a role in it. */
const HOLDERS: Readonly<Record<'owner' | 'admin' | 'auditor', readonly MemberRole[]>> = {
  owner: ['owner'],
  admin: ['owner', 'admin'],
  auditor: ['owner', 'admin', 'auditor'],
};

export const mayHold = ({ organization, workspaces }: MemberRoles, reach: KeyReach): boolean => {
  switch (reach.role) {
    case 'owner':
    case 'admin':
    case 'auditor':
      return HOLDERS[reach.role].includes(organization);
    case 'workspaceAdmin':
    case 'workspaceMember': {
      if (HOLDERS.admin.includes(organization)) return true;
      const held = workspaces.find(({ workspaceId }) => workspaceId === workspaceOfReach(reach));
      return held !== undefined && (held.role === 'admin' || reach.role === 'workspaceMember');
    }
  }
};
