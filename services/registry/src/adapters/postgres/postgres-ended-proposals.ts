import { type ProposalId, proposalId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { EndedProposals } from '../../app/approval/approval.ports';
import { dependentsProjection } from './dependents.projection';

/** Reads the projection `dependents`. */
@Injectable()
export class PostgresEndedProposals extends EndedProposals {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async among(ids: readonly ProposalId[]): Promise<ReadonlySet<ProposalId>> {
    if (ids.length === 0) return new Set();
    const { rows } = await this.pool.query<{ proposal_id: string }>(
      `SELECT proposal_id FROM ${dependentsProjection.schema}.ended_proposal WHERE proposal_id = ANY($1)`,
      [ids],
    );
    return new Set(rows.map((row) => proposalId(row.proposal_id)));
  }
}
