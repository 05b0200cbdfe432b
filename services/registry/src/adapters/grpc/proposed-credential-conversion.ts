import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { ProposedCredential } from '../../app/integration/proposed-credential';

export const toProtoProposedCredential = ({
  origins,
  headerNames,
  ...credential
}: ProposedCredential): provisioningV1.ProposedCredential => ({
  ...credential,
  origins: [...origins],
  headerNames: [...headerNames],
});

export const fromProtoProposedCredential = (
  credential: provisioningV1.ProposedCredential,
): ProposedCredential => credential;
