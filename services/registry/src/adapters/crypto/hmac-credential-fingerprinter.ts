import { createHmac } from 'node:crypto';
import type { OrganizationId } from '@gatehouse/kernel';
import type { CredentialFields } from '@gatehouse/sealing';
import { CredentialFingerprinter } from '../../app/integration/integration.ports';

const HEX_DIGITS = 16;

/** HMAC-SHA256 over the organization and the fields in order of name, each with its length. */
export class HmacCredentialFingerprinter extends CredentialFingerprinter {
  constructor(private readonly key: Uint8Array) {
    super();
  }

  of(organizationId: OrganizationId, fields: CredentialFields): string {
    const hmac = createHmac('sha256', this.key);
    const parts = [
      organizationId,
      ...Object.keys(fields)
        .sort()
        .flatMap((name) => [name, fields[name] ?? '']),
    ];
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
    return hmac.digest('hex').slice(0, HEX_DIGITS);
  }
}
