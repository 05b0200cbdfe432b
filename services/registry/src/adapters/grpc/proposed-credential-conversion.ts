import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { ProposedCredential } from '../../app/integration/proposed-credential';
import { slug } from '../../domain/slug/slug';
import { fromProtoRecordedLocator, toProtoLocator } from '../events/recorded-secret';

export const toProtoProposedCredential = ({
  origins,
  headerNames,
  locatedReferences,
  ...credential
}: ProposedCredential): provisioningV1.ProposedCredential => ({
  ...credential,
  origins: [...origins],
  headerNames: [...headerNames],
  locatedReferences: locatedReferences.map((reference) => ({
    slug: reference.slug,
    locator: toProtoLocator(reference.locator),
  })),
});

export const fromProtoProposedCredential = ({
  locatedReferences,
  ...credential
}: provisioningV1.ProposedCredential): ProposedCredential => ({
  ...credential,
  locatedReferences: locatedReferences.map((reference) => ({
    slug: slug(reference.slug),
    locator: fromProtoRecordedLocator(reference.locator),
  })),
});
