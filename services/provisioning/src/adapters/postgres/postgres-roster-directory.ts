import {
  apiKeyId,
  type CountedPage,
  inviteId,
  type InviteId,
  type KeyedPlace,
  memberId,
  type MemberId,
  type OrganizationId,
  organizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { type KeyedList, nameKey, NO_KEY, pageKeyed } from '@gatehouse/postgres';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import {
  type HeldKey,
  type InviteSelection,
  type MemberSelection,
  type OrphanedKey,
  RosterDirectory,
} from '../../app/roster/roster.ports';
import type { InviteStatus, InviteView, MemberView } from '../../app/roster/roster.view';
import { fromProtoRecordedRoles } from '../events/member-roles';
import { DIRECTORY_SCHEMA } from './directory.projection';
import { type ApiKeyRow, fromRowReach, type ReachRow } from './directory-rows';
import { ROSTER_SCHEMA } from './roster.projection';

interface MemberRow {
  readonly id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: unknown;
  readonly revision: bigint;
  readonly joined_at: Date;
}

interface InviteRow {
  readonly id: string;
  readonly organization_id: string;
  readonly person_id: string;
  readonly email: string;
  readonly roles: unknown;
  readonly status: InviteStatus;
  readonly created_at: Date;
  readonly expires_at: Date;
}

type OrphanedRow = ReachRow & Pick<ApiKeyRow, 'id' | 'organization_id'> & { readonly member_id: string };

/** Names and addresses are joined where they are: beside what follows from events. */
const MEMBERS = `
  SELECT * FROM (
    SELECT m.*, coalesce(p.name, '') AS name, coalesce(p.email, '') AS email FROM ${ROSTER_SCHEMA}.member m
    LEFT JOIN provisioning.person p ON p.id = m.id WHERE NOT m.removed
  ) member`;

/** `$1` is the time: an invite ends by itself. */
const INVITES = `
  SELECT * FROM (
    SELECT i.id, i.organization_id, i.person_id, i.roles, i.created_at, i.expires_at, i.position,
      CASE WHEN i.status = 'pending' AND i.expires_at <= $1::timestamptz THEN 'expired' ELSE i.status END AS status,
      coalesce(p.email, '') AS email
    FROM ${ROSTER_SCHEMA}.invite i LEFT JOIN provisioning.person p ON p.id = i.person_id
  ) invite`;

/** Whether a key opens what its member may, as `mayHold` has it. */
const HELD = `
  CASE k.role
    WHEN 'owner' THEN m.role = 'owner'
    WHEN 'admin' THEN m.role IN ('owner', 'admin')
    WHEN 'auditor' THEN m.role IN ('owner', 'admin', 'auditor')
    WHEN 'workspaceAdmin' THEN m.role IN ('owner', 'admin') OR k.workspace_id = ANY (m.admin_workspace_ids)
    ELSE m.role IN ('owner', 'admin') OR k.workspace_id = ANY (m.workspace_ids)
  END`;

/** Reads the projection `roster`, and who its people are. */
@Injectable()
export class PostgresRosterDirectory extends RosterDirectory {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async member(organization: OrganizationId, id: MemberId): Promise<MemberView | undefined> {
    const sql = `${MEMBERS} WHERE organization_id = $1 AND id = $2`;
    const { rows } = await this.pool.query<MemberRow>(sql, [organization, id]);
    return rows.map(fromRowMember)[0];
  }

  async invite(organization: OrganizationId, id: InviteId, now: Date): Promise<InviteView | undefined> {
    const sql = `${INVITES} WHERE organization_id = $2 AND id = $3`;
    const { rows } = await this.pool.query<InviteRow>(sql, [now, organization, id]);
    return rows.map(fromRowInvite)[0];
  }

  async orphanedKeys(
    of: MemberId | undefined,
    after: OrphanedKey | undefined,
  ): Promise<readonly OrphanedKey[]> {
    const { rows } = await this.pool.query<OrphanedRow>(
      `SELECT k.id, k.organization_id, k.member_id, k.role, k.workspace_id FROM ${DIRECTORY_SCHEMA}.api_key k
       JOIN ${ROSTER_SCHEMA}.member m ON m.id = k.member_id AND NOT k.revoked
       WHERE (m.removed OR NOT ${HELD}) AND ($1::text IS NULL OR m.id = $1) AND ($2::text IS NULL OR k.id > $2)
       ORDER BY k.id LIMIT 100`,
      [of ?? null, after?.apiKeyId ?? null],
    );
    return rows.map((row) => ({
      organizationId: organizationId(row.organization_id),
      apiKeyId: apiKeyId(row.id),
      memberId: memberId(row.member_id),
      reach: fromRowReach(row),
    }));
  }

  async keysNamed(
    organization: OrganizationId,
    of: MemberId,
    name: string,
    now: Date,
  ): Promise<readonly HeldKey[]> {
    const { rows } = await this.pool.query<{ id: string; role: string }>(
      `SELECT id, role FROM ${DIRECTORY_SCHEMA}.api_key
       WHERE organization_id = $1 AND member_id = $2 AND name = $3 AND NOT revoked AND expires_at > $4 ORDER BY id`,
      [organization, of, name, now],
    );
    return rows.map(({ id, role }) => ({ apiKeyId: apiKeyId(id), role }));
  }

  members(
    organization: OrganizationId,
    { workspaceId, role, search, order }: MemberSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<MemberView, KeyedPlace>> {
    const list = {
      select: MEMBERS,
      where: `organization_id = $1 AND ($2::text IS NULL OR $2 = ANY (workspace_ids))
        AND ($3::text IS NULL OR role = $3)
        AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0 OR strpos(lower(email), lower($4)) > 0)`,
      values: [organization, workspaceId ?? null, role ?? null, search ?? null],
      key: order.by === 'name' ? nameKey('name') : NO_KEY,
    };
    return this.page(page, { ...list, descending: order.descending }, fromRowMember);
  }

  invites(
    organization: OrganizationId,
    { statuses, search, order, now }: InviteSelection & { readonly now: Date },
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<InviteView, KeyedPlace>> {
    const list = {
      select: INVITES,
      where: `organization_id = $2 AND status = ANY ($3::text[])
        AND ($4::text IS NULL OR strpos(lower(email), lower($4)) > 0)`,
      values: [now, organization, [...statuses], search ?? null],
      key: order.by === 'email' ? nameKey('email') : NO_KEY,
    };
    return this.page(page, { ...list, descending: order.descending }, fromRowInvite);
  }

  private page<Row extends object, View>(
    page: PageRequest<KeyedPlace>,
    list: Omit<KeyedList, 'ordinal'>,
    fromRow: (row: Row) => View,
  ): Promise<CountedPage<View, KeyedPlace>> {
    return pageKeyed(this.pool, { ...list, ordinal: 'position' }, page, fromRow);
  }
}

const fromRowMember = (row: MemberRow): MemberView => ({
  id: memberId(row.id),
  organizationId: organizationId(row.organization_id),
  name: row.name,
  email: row.email,
  roles: fromRowRoles(row.roles),
  revision: row.revision,
  joinedAt: row.joined_at,
});

const fromRowInvite = (row: InviteRow): InviteView => ({
  id: inviteId(row.id),
  organizationId: organizationId(row.organization_id),
  email: row.email,
  roles: fromRowRoles(row.roles),
  status: row.status,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  memberId: row.status === 'accepted' ? memberId(row.person_id) : undefined,
});

const fromRowRoles = (roles: unknown) => fromProtoRecordedRoles(provisioningV1.MemberRoles.fromJSON(roles));
