import { regionIn } from './aws/sign-v4';
import type { EntraCloud, ProviderCredential } from './provider-credential';

/** Where Google's service accounts get their tokens, whatever `token_uri` a pasted key file has. */
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** Where a virtual machine of Azure's, or of Amazon's, asks who it is. */
export const INSTANCE_METADATA_ORIGIN = 'http://169.254.169.254';

const ENTRA_AUTHORITIES: Readonly<Record<EntraCloud, string>> = {
  public: 'https://login.microsoftonline.com',
  'us-government': 'https://login.microsoftonline.us',
  china: 'https://login.partner.microsoftonline.cn',
};

export const entraAuthority = (cloud: EntraCloud): string => ENTRA_AUTHORITIES[cloud];

/** The region's own endpoint: the global one is a single region's, and its tokens are not good everywhere. */
export const stsOrigin = (region: string): string =>
  `https://sts.${regionIn(region)}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/**
 * The origin that a credential is shown to beside its provider's, for who binds it to its origins and for who checks
 * that; undefined where its provider alone sees it.
 */
export const tokenOriginOf = (credential: ProviderCredential): string | undefined => {
  switch (credential.kind) {
    case 'entra-client-secret':
    case 'entra-workload-identity':
      return entraAuthority(credential.cloud);
    case 'entra-managed-identity':
      return INSTANCE_METADATA_ORIGIN;
    case 'aws-assumed-role':
      return stsOrigin(credential.region);
    case 'google-service-account':
      return new URL(GOOGLE_TOKEN_URL).origin;
    case 'none':
    case 'bearer-key':
    case 'header-key':
    case 'organization-key':
    case 'aws-access-key':
    case 'static-headers':
      return undefined;
  }
};
