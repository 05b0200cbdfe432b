import { type CredentialFields, withNamedSecrets } from '@gatehouse/sealing';
import { type GivenCredential, sealedFieldsOf } from '../../domain/integration/provider-form';

/** What is sealed of a credential: what is secret of it, and the names of secrets that others keep. */
export const sealedPartsOf = (given: GivenCredential): CredentialFields =>
  withNamedSecrets(sealedFieldsOf(given), Object.fromEntries(given.references));
