import { given } from '@gatehouse/kernel/testing';
import { integrationDecider } from './integration.decider';
import { connected, deleted, id, rotated } from './testing/integration-history';

const judge = (works: boolean, credentialVersion = 1) =>
  ({ type: 'JudgeCredential', integrationId: id, credentialVersion, works }) as const;
const rejected = { type: 'CredentialRejected', integrationId: id, credentialVersion: 1 } as const;
const accepted = { type: 'CredentialAccepted', integrationId: id, credentialVersion: 1 } as const;

describe('judging a credential', () => {
  it('records that it begins to be rejected, once', () => {
    given(integrationDecider, connected).when(judge(false)).then(rejected);
    given(integrationDecider, connected, rejected).when(judge(false)).then();
  });

  it('records that it works again, and nothing while it never stopped', () => {
    given(integrationDecider, connected, rejected).when(judge(true)).then(accepted);
    given(integrationDecider, connected, rejected, accepted).when(judge(true)).then();
    given(integrationDecider, connected).when(judge(true)).then();
  });

  it('hears nothing of an earlier version, and begins anew with each', () => {
    given(integrationDecider, connected, rotated(2)).when(judge(false)).then();
    given(integrationDecider, connected, rejected, rotated(2)).when(judge(true, 2)).then();
    given(integrationDecider, connected, rejected, rotated(2))
      .when(judge(false, 2))
      .then({ ...rejected, credentialVersion: 2 });
  });

  it('says nothing of one that is not there', () => {
    given(integrationDecider).when(judge(false)).then();
    given(integrationDecider, connected, deleted).when(judge(false)).then();
  });
});
