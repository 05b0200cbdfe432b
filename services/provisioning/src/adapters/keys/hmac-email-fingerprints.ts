import { createHmac } from 'node:crypto';
import { type OrganizationId, subkey } from '@gatehouse/kernel';
import { EmailFingerprints } from '../../app/roster/roster.ports';

/** HMAC-SHA256 under a key that derives from the installation's secret: not the pepper's, which may be replaced. */
export class HmacEmailFingerprints extends EmailFingerprints {
  private readonly key: Uint8Array;

  constructor(installationSecret: Uint8Array) {
    super();
    this.key = subkey(installationSecret, 'gatehouse e-mail fingerprints');
  }

  of(organizationId: OrganizationId, email: string): string {
    const address = folded(email.replace(/[^\0-\x7f]/gu, distinct));
    return createHmac('sha256', this.key).update(`${organizationId}/${address}`).digest('hex');
  }
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** What would be folded into ASCII, as the Kelvin sign into a k, is in the address of another mailbox: it is called by its number. */
const distinct = (sign: string): string =>
  /^[\0-\x7f]+$/.test(folded(sign)) ? `<${sign.codePointAt(0)}>` : sign;
