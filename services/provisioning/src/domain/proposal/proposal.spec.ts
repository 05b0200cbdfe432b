import { deriveId, organizationId, proposalId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { proposalDecider } from './proposal.decider';

const about = {
  proposalId: proposalId(deriveId('prp', 'a')),
  organizationId: organizationId(deriveId('org', 'a')),
};
const { proposalId: id, organizationId: owner } = about;
const stranger = organizationId(deriveId('org', 'b'));
const at = new Date('2026-11-26T12:00:00Z');
const expiresAt = new Date('2026-12-03T12:00:00Z');
const wanted = {
  ...about,
  command: '{"enableProvision":{}}',
  judged: { name: 'provision-a', revision: 3n },
  scopes: ['providers.update'],
  behind: ['ann', 'ben'],
} as const;
const propose = { type: 'ProposeChange', ...wanted, at } as const;
const proposed = { type: 'ChangeProposed', ...wanted, expiresAt } as const;
const approve = {
  type: 'ApproveProposal',
  organizationId: owner,
  scopes: new Set(['providers.update', 'policies.update'] as const),
  behind: ['cai'],
  at,
} as const;
const approved = { type: 'ProposalApproved', proposalId: id, behind: ['cai'] } as const;
const reject = { type: 'RejectProposal', organizationId: owner } as const;
const rejected = { type: 'ProposalRejected', proposalId: id } as const;
const expire = { type: 'ExpireProposal', organizationId: owner, at: expiresAt } as const;
const expired = { type: 'ProposalExpired', proposalId: id } as const;
const end = { type: 'EndProposal', organizationId: owner, refused: undefined } as const;
const carriedOut = { type: 'ProposalCarriedOut', proposalId: id } as const;
const failed = { type: 'ProposalFailed', proposalId: id, reason: 'REVISION_MISMATCH' } as const;

describe('proposing a change', () => {
  it('records it as it was asked for, with an end', () =>
    given(proposalDecider).when(propose).then(proposed));
  it('happens once, whatever became of it', () => {
    given(proposalDecider, proposed).when(propose).then();
    given(proposalDecider, proposed, rejected).when(propose).then();
  });
});

describe('approving a proposal', () => {
  it('is for somebody else', () => {
    given(proposalDecider, proposed).when(approve).then(approved);
    for (const behind of [['ann'], ['cai', 'ben'], []])
      given(proposalDecider, proposed)
        .when({ ...approve, behind })
        .thenRefused('OWN_PROPOSAL');
  });
  it('is for whoever could give its command', () =>
    given(proposalDecider, proposed)
      .when({ ...approve, scopes: new Set(['policies.update'] as const) })
      .thenRefused('SCOPE_MISSING'));
  it('is refused from its end on, whether or not that was told', () => {
    given(proposalDecider, proposed)
      .when({ ...approve, at: new Date(expiresAt.getTime() - 1) })
      .then(approved);
    given(proposalDecider, proposed)
      .when({ ...approve, at: expiresAt })
      .thenRefused('PROPOSAL_EXPIRED');
    given(proposalDecider, proposed, expired).when(approve).thenRefused('PROPOSAL_EXPIRED');
  });
  it('is refused for what was rejected, or has failed', () => {
    given(proposalDecider, proposed, rejected).when(approve).thenRefused('PROPOSAL_REJECTED');
    given(proposalDecider, proposed, approved, failed).when(approve).thenRefused('PROPOSAL_FAILED');
  });
  it('happens once', () => {
    given(proposalDecider, proposed, approved)
      .when({ ...approve, at: expiresAt })
      .then();
    given(proposalDecider, proposed, approved, carriedOut).when(approve).then();
  });
  it('does not tell another organization that there is a proposal', () => {
    given(proposalDecider, proposed)
      .when({ ...approve, organizationId: stranger })
      .thenRefused('PROPOSAL_UNKNOWN');
    given(proposalDecider).when(approve).thenRefused('PROPOSAL_UNKNOWN');
  });
});

describe('the end of a proposal', () => {
  it('is its rejection, while nobody has approved it', () => {
    given(proposalDecider, proposed).when(reject).then(rejected);
    given(proposalDecider, proposed, rejected).when(reject).then();
    given(proposalDecider, proposed, expired).when(reject).then();
    given(proposalDecider, proposed, approved).when(reject).thenRefused('PROPOSAL_APPROVED');
    given(proposalDecider, proposed, approved, carriedOut).when(reject).thenRefused('PROPOSAL_APPROVED');
  });
  it('is told where its time has come and nobody has decided', () => {
    given(proposalDecider, proposed).when(expire).then(expired);
    given(proposalDecider, proposed)
      .when({ ...expire, at })
      .then();
    given(proposalDecider, proposed, approved).when(expire).then();
  });
  it('is what became of what was approved, once', () => {
    given(proposalDecider, proposed, approved).when(end).then(carriedOut);
    given(proposalDecider, proposed, approved)
      .when({ ...end, refused: 'REVISION_MISMATCH' })
      .then(failed);
    given(proposalDecider, proposed, approved, carriedOut)
      .when({ ...end, refused: 'REVISION_MISMATCH' })
      .then();
    given(proposalDecider, proposed).when(end).then();
  });
});
