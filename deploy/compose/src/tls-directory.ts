import { X509Certificate, createPrivateKey } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type CertificateSubject,
  type CertifiedKey,
  makeAuthority,
  makeCertificate,
} from '@gatehouse/certificates';
import { identityUri } from '@gatehouse/grpc';
import { IDENTITIES } from '@gatehouse/topology';
import type { ContainerUser } from './env-file';

/** The files of one process's directory, as they are called in its container too. */
export const CA_FILE = 'ca.crt';
export const CERTIFICATE_FILE = 'tls.crt';
export const KEY_FILE = 'tls.key';

/** Kafka takes key and certificate from one file. */
export const KEYSTORE_FILE = 'keystore.pem';

interface Holder extends CertificateSubject {
  /** Its directory. */
  readonly name: string;
  /** Of Kafka's kind: for a container that runs as whom its image says, who can then not be the files' owner. */
  readonly keystore?: true;
}

/** From inside the container, and from the host by the port that is published there. */
const OWN_HOSTS = ['localhost', '127.0.0.1'];

/**
 * Everybody who shows a certificate: services under the names that others call them by; the operator calls only. Kafka
 * and the migrator have no identity among services: Kafka knows both by the names of their subjects. The console has none: it calls
 * with the keys of its callers.
 */
const HOLDERS: readonly Holder[] = [
  ...IDENTITIES.map((name) => ({
    name,
    ...(name !== 'operator' && { hosts: [name, ...OWN_HOSTS] }),
    uri: identityUri(name),
  })),
  { name: 'console', hosts: ['console', ...OWN_HOSTS] },
  { name: 'migrator', hosts: ['migrator'] },
  { name: 'kafka', hosts: ['kafka', ...OWN_HOSTS], keystore: true },
];

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 20 * 365;
const CERTIFICATE_DAYS = 365;
/** A certificate with less left is made anew. */
const RENEWED_BEFORE_DAYS = 60;

/**
 * Makes the authority and a certificate for each process, and renews what is about to end, is of another authority or
 * does not fit; all else stays. Services take what changed by themselves. Answers the names of the certificates that were
 * made. Errors: where one is to be made and the authority's key is not there; until then it may be kept elsewhere.
 * @param owner whose the files are where root makes them.
 */
export const makeCertificates = async (
  directory: string,
  owner: ContainerUser,
  now = new Date(),
): Promise<readonly string[]> => {
  const files = new OwnedFiles(directory, owner);
  // Nobody else on this machine gets past it, whatever the modes inside.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const made: string[] = [];
  if (!authorityLasts(files, now)) {
    await makeOwnAuthority(files, now);
    made.push('ca');
  }
  const ca = files.read(CA_FILE);
  for (const holder of HOLDERS) {
    if (files.read(join(holder.name, CA_FILE)) !== ca) files.write(join(holder.name, CA_FILE), ca, 0o644);
    // Readable to whom the container runs as; the directory above lets nobody of this machine past.
    if (holder.keystore) chmodSync(join(directory, holder.name), 0o755);
    if (isGood(files, holder, now)) continue;
    const { certificate, key } = await makeCertificate(authorityIn(files), holder, {
      from: new Date(now.getTime() - DAY_MS),
      days: CERTIFICATE_DAYS + 1,
    });
    const [certificateFile, keyFile] = filesOf(holder);
    if (holder.keystore) {
      files.write(certificateFile, key + certificate, 0o644);
    } else {
      files.write(keyFile, key, 0o600);
      files.write(certificateFile, certificate, 0o644);
    }
    made.push(holder.name);
  }
  return made;
};

const AUTHORITY_KEY_FILE = 'ca.key';

const makeOwnAuthority = async (files: OwnedFiles, now: Date): Promise<void> => {
  const authority = await makeAuthority('Gatehouse', {
    from: new Date(now.getTime() - DAY_MS),
    days: AUTHORITY_DAYS,
  });
  files.write(AUTHORITY_KEY_FILE, authority.key, 0o600);
  files.write(CA_FILE, authority.certificate, 0o644);
};

/** Long enough for the certificates that it signs now. */
const authorityLasts = (files: OwnedFiles, now: Date): boolean => {
  const certificate = files.read(CA_FILE);
  return certificate !== '' && daysLeft(new X509Certificate(certificate), now) > CERTIFICATE_DAYS;
};

const daysLeft = ({ validTo }: X509Certificate, now: Date): number =>
  (new Date(validTo).getTime() - now.getTime()) / DAY_MS;

const authorityIn = (files: OwnedFiles): CertifiedKey => {
  const [certificate, key] = [files.read(CA_FILE), files.read(AUTHORITY_KEY_FILE)];
  if (!key) {
    throw new Error(
      `${files.pathOf(AUTHORITY_KEY_FILE)} is gone, and certificates are to be signed with it: bring it back, or move ` +
        `${files.pathOf('.')} away to have all of them made anew`,
    );
  }
  return { certificate, key };
};

/** Whether a holder's certificate is right in everything, and for long enough. */
const isGood = (files: OwnedFiles, holder: Holder, now: Date): boolean => {
  const { hosts = [], uri } = holder;
  const [certificateFile, keyFile] = filesOf(holder);
  try {
    const ca = new X509Certificate(files.read(CA_FILE));
    const certificate = new X509Certificate(files.read(certificateFile));
    const key = createPrivateKey(files.read(keyFile));
    return (
      daysLeft(certificate, now) > RENEWED_BEFORE_DAYS &&
      certificate.checkIssued(ca) &&
      certificate.verify(ca.publicKey) &&
      certificate.checkPrivateKey(key) &&
      hosts.every((host) => certificate.checkHost(host) ?? certificate.checkIP(host)) &&
      (uri === undefined || (certificate.subjectAltName ?? '').split(', ').includes(`URI:${uri}`))
    );
  } catch {
    return false;
  }
};

const filesOf = ({ name, keystore }: Holder): readonly [certificate: string, key: string] =>
  keystore
    ? [join(name, KEYSTORE_FILE), join(name, KEYSTORE_FILE)]
    : [join(name, CERTIFICATE_FILE), join(name, KEY_FILE)];

/** Files below a directory, each replaced as a whole, so that whoever reads one never has half of it. */
class OwnedFiles {
  constructor(
    private readonly directory: string,
    private readonly owner: ContainerUser,
  ) {}

  pathOf(name: string): string {
    return join(this.directory, name);
  }

  /** Empty where there is none. */
  read(name: string): string {
    return existsSync(this.pathOf(name)) ? readFileSync(this.pathOf(name), 'utf8') : '';
  }

  write(name: string, text: string, mode: number): void {
    const path = this.pathOf(name);
    const parent = join(path, '..');
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    const making = `${path}.making`;
    writeFileSync(making, text, { mode });
    chmodSync(making, mode);
    if (process.getuid?.() === 0 && parent !== this.directory) {
      for (const owned of [parent, making]) chownSync(owned, this.owner.uid, this.owner.gid);
    }
    renameSync(making, path);
  }
}
