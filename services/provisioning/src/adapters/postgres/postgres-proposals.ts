import type { Actor } from '@gatehouse/event-store';
import {
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  organizationId,
  type PageRequest,
  type ProposalId,
  proposalId,
} from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { NO_KEY, pageKeyed } from '@gatehouse/postgres';
import { Injectable } from '@nestjs/common';
import { Proposals, type ProposalSelection, type UnsettledProposal } from '../../app/proposal/proposal.ports';
import type { ProposalView } from '../../app/proposal/proposal.view';
import type { ProposalStatus } from '../../domain/proposal/proposal';
import { PROPOSALS_SCHEMA } from './proposals.projection';

interface ProposalRow {
  readonly id: string;
  readonly organization_id: string;
  readonly command: string;
  readonly status: ProposalStatus;
  readonly failure: string;
  readonly proposed_by: Actor;
  readonly reason: string;
  readonly proposed_at: Date;
  readonly expires_at: Date;
  readonly decided_by: Actor | null;
}

interface UnsettledRow {
  readonly id: string;
  readonly organization_id: string;
}

/** `$1` is the time: a proposal ends by itself. */
const PROPOSALS = `
  SELECT p.id, p.organization_id, p.command, p.failure, p.proposed_by, p.reason, p.proposed_at, p.expires_at, p.decided_by,
    p.position,
    CASE WHEN p.status = 'open' AND p.expires_at <= $1::timestamptz THEN 'expired' ELSE p.status END AS status
  FROM ${PROPOSALS_SCHEMA}.proposal p`;

/** Reads the projection `proposals`. */
@Injectable()
export class PostgresProposals extends Proposals {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async find(organization: OrganizationId, id: ProposalId, at: Date): Promise<ProposalView | undefined> {
    const sql = `${PROPOSALS} WHERE organization_id = $2 AND id = $3`;
    const { rows } = await this.pool.query<ProposalRow>(sql, [at, organization, id]);
    return rows.map(fromRowProposal)[0];
  }

  list(
    organization: OrganizationId,
    { status, at }: ProposalSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ProposalView, KeyedPlace>> {
    const list = {
      select: PROPOSALS,
      where: 'organization_id = $2 AND ($3::text IS NULL OR status = $3)',
      values: [at, organization, status ?? null],
      key: NO_KEY,
      ordinal: 'position',
      descending: true,
    };
    return pageKeyed(this.pool, list, page, fromRowProposal);
  }

  async approved(after: UnsettledProposal | undefined): Promise<readonly UnsettledProposal[]> {
    const { rows } = await this.pool.query<UnsettledRow>(
      `SELECT id, organization_id FROM ${PROPOSALS_SCHEMA}.proposal WHERE status = 'approved'
         AND ($1::text IS NULL OR position > (SELECT position FROM ${PROPOSALS_SCHEMA}.proposal WHERE id = $1))
       ORDER BY position LIMIT 100`,
      [after?.proposalId ?? null],
    );
    return rows.map(fromRowUnsettled);
  }

  async expired(at: Date): Promise<readonly UnsettledProposal[]> {
    const { rows } = await this.pool.query<UnsettledRow>(
      `SELECT id, organization_id FROM ${PROPOSALS_SCHEMA}.proposal WHERE status = 'open' AND expires_at <= $1
       ORDER BY expires_at LIMIT 100`,
      [at],
    );
    return rows.map(fromRowUnsettled);
  }
}

const fromRowUnsettled = (row: UnsettledRow): UnsettledProposal => ({
  proposalId: proposalId(row.id),
  organizationId: organizationId(row.organization_id),
});

const fromRowProposal = (row: ProposalRow): ProposalView => ({
  id: proposalId(row.id),
  organizationId: organizationId(row.organization_id),
  command: row.command,
  status: row.status,
  failure: row.failure,
  proposedBy: row.proposed_by,
  reason: row.reason,
  proposedAt: row.proposed_at,
  expiresAt: row.expires_at,
  ...(row.decided_by && { decidedBy: row.decided_by }),
});
