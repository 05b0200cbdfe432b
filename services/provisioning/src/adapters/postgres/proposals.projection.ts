import type { Actor, RecordedEvent } from '@gatehouse/event-store';
import type { Projection, Tx } from '@gatehouse/projections';
import { PROPOSALS } from '../../app/proposal/proposal.ports';
import type { ProposalEvent } from '../../domain/proposal/proposal.events';
import { proposalCodec } from '../events/proposal.codec';

export const PROPOSALS_SCHEMA = 'provisioning_proposals';

/** `position` is that of the first event: lists are in its order. */
const DDL = `
  CREATE TABLE proposal (
    id text PRIMARY KEY,
    organization_id text NOT NULL,
    -- The request as it was, in JSON.
    command text NOT NULL,
    -- open, approved, rejected, expired, carriedOut or failed. One that is open may have expired untold.
    status text NOT NULL,
    failure text NOT NULL,
    proposed_by jsonb NOT NULL,
    reason text NOT NULL,
    proposed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decided_by jsonb,
    position bigint NOT NULL
  );
  CREATE INDEX proposal_of_organization ON proposal (organization_id, position);
  CREATE INDEX proposal_approved ON proposal (position) WHERE status = 'approved';
  CREATE INDEX proposal_open ON proposal (expires_at) WHERE status = 'open'`;

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const [sql, ...values] = statementOf(proposalCodec.decode(recorded), recorded);
  await tx.query(sql, values);
};

/** SQL and its values. */
type Statement = readonly [sql: string, ...values: unknown[]];

const statementOf = (event: ProposalEvent, { recordedAt, position, metadata }: RecordedEvent): Statement => {
  const { proposalId: id } = event;
  const { actor, reason } = metadata;
  switch (event.type) {
    case 'ChangeProposed':
      return [
        `INSERT INTO proposal (id, organization_id, command, status, failure, proposed_by, reason, proposed_at, expires_at,
           position)
         VALUES ($1, $2, $3, 'open', '', $4, $5, $6, $7, $8)`,
        ...[id, event.organizationId, event.command, toJsonActor(actor), reason],
        ...[recordedAt, event.expiresAt, position],
      ];
    case 'ProposalApproved':
      return [
        `UPDATE proposal SET status = 'approved', decided_by = $2 WHERE id = $1`,
        id,
        toJsonActor(actor),
      ];
    case 'ProposalRejected':
      return [
        `UPDATE proposal SET status = 'rejected', decided_by = $2 WHERE id = $1`,
        id,
        toJsonActor(actor),
      ];
    case 'ProposalExpired':
      return [`UPDATE proposal SET status = 'expired' WHERE id = $1`, id];
    case 'ProposalCarriedOut':
      return [`UPDATE proposal SET status = 'carriedOut' WHERE id = $1`, id];
    case 'ProposalFailed':
      return [`UPDATE proposal SET status = 'failed', failure = $2 WHERE id = $1`, id, event.reason];
  }
};

const toJsonActor = ({ kind, id, address }: Actor): string => JSON.stringify({ kind, id, address });

/** Proposals as commands left them. */
export const proposalsProjection: Projection = {
  name: PROPOSALS,
  schema: PROPOSALS_SCHEMA,
  source: { kind: 'store', streamPrefixes: ['proposal-'] },
  version: 1,
  ddl: DDL,
  apply,
};
