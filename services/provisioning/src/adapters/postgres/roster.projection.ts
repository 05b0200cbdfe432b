import type { RecordedEvent } from '@gatehouse/event-store';
import type { Projection, Tx } from '@gatehouse/projections';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { memberOfInvite, ROSTER } from '../../app/roster/roster.ports';
import type { MemberRoles, RosterEvent } from '../../domain/roster/roster.events';
import { toProtoRoles } from '../events/member-roles';
import { rosterCodec } from '../events/roster.codec';

export const ROSTER_SCHEMA = 'provisioning_roster';

/** `position` is that of the first event: lists are in its order. Who was removed stays, so that their keys are found. */
const DDL = `
  CREATE TABLE member (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    role text NOT NULL,
    roles jsonb NOT NULL,
    -- All in which there is a role, and those of them where it is the admin's.
    workspace_ids text[] NOT NULL,
    admin_workspace_ids text[] NOT NULL,
    removed boolean NOT NULL,
    revision bigint NOT NULL,
    joined_at timestamptz NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX member_of_organization ON member (organization_id, position);
  CREATE INDEX member_removed ON member (id) WHERE removed;
  CREATE TABLE invite (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    person_id text NOT NULL UNIQUE,
    roles jsonb NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    position bigint NOT NULL
  );
  CREATE INDEX invite_of_organization ON invite (organization_id, position)`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = rosterCodec.decode(recorded);
  const [sql, ...values] = statementOf(event, recorded);
  await tx.query(sql, values);
  if (event.type === 'MemberJoined')
    await tx.query(`UPDATE invite SET status = 'accepted' WHERE id = $1`, [event.inviteId]);
};

/** SQL and its values. */
type Statement = readonly [sql: string, ...values: unknown[]];

const statementOf = (event: RosterEvent, { revision, recordedAt, position }: RecordedEvent): Statement => {
  switch (event.type) {
    case 'MemberInvited': {
      const { inviteId, organizationId, roles, expiresAt } = event;
      return [
        `INSERT INTO invite (id, organization_id, person_id, roles, status, created_at, expires_at, position)
         VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7)`,
        ...[inviteId, organizationId, memberOfInvite(inviteId), toJsonRoles(roles)],
        ...[recordedAt, expiresAt, position],
      ];
    }
    case 'InviteResent':
      return ['UPDATE invite SET expires_at = $2 WHERE id = $1', event.inviteId, event.expiresAt];
    case 'InviteCancelled':
      return [`UPDATE invite SET status = 'cancelled' WHERE id = $1`, event.inviteId];
    case 'MemberJoined': {
      const { memberId, organizationId, roles } = event;
      return [
        `INSERT INTO member (id, organization_id, role, roles, workspace_ids, admin_workspace_ids, removed, revision,
           joined_at, position)
         VALUES ($1, $2, $3, $4, $5, $6, false, $7, $8, $9)`,
        ...[memberId, organizationId, ...roleColumns(roles), revision, recordedAt, position],
      ];
    }
    case 'MemberRolesChanged': {
      const sql = `UPDATE member SET role = $2, roles = $3, workspace_ids = $4, admin_workspace_ids = $5, revision = $6
         WHERE id = $1`;
      return [sql, event.memberId, ...roleColumns(event.roles), revision];
    }
    case 'MemberRemoved':
      return ['UPDATE member SET removed = true, revision = $2 WHERE id = $1', event.memberId, revision];
  }
};

const roleColumns = (roles: MemberRoles): readonly unknown[] => {
  const admins = roles.workspaces.filter(({ role }) => role === 'admin');
  return [
    roles.organization,
    toJsonRoles(roles),
    roles.workspaces.map(({ workspaceId }) => workspaceId),
    admins.map(({ workspaceId }) => workspaceId),
  ];
};

const toJsonRoles = (roles: MemberRoles): string =>
  JSON.stringify(provisioningV1.MemberRoles.toJSON(toProtoRoles(roles)));

/** Members and invites as commands left them. Names and addresses are not here: no event has them. */
export const rosterProjection: Projection = {
  name: ROSTER,
  schema: ROSTER_SCHEMA,
  source: { kind: 'store', streamPrefixes: ['roster-'] },
  version: 1,
  ddl: DDL,
  apply,
};
