import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

// The browser's type, which the library asks for, is not known here; Node's object is the same.
x509.cryptoProvider.set(webcrypto as never);

/** A certificate and its private key, both in PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly from: Date;
  readonly days: number;
}

/** What a certificate is for, besides its time. */
export interface CertificateSubject {
  /** For people. */
  readonly name: string;
  /** What others call the holder as a server: names and addresses. */
  readonly hosts?: readonly string[];
  /** Who the holder is as a caller. */
  readonly uri?: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A certificate authority of one's own: it signs certificates, and no other authorities. */
export const makeAuthority = async (name: string, validity: Validity): Promise<CertifiedKey> => {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(validity),
    name: [{ CN: [name] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return inPem(certificate, keys);
};

/** A certificate for both ends of a connection, signed by the authority. */
export const makeCertificate = async (
  authority: CertifiedKey,
  { name, hosts = [], uri }: CertificateSubject,
  validity: Validity,
): Promise<CertifiedKey> => {
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const names: x509.JsonGeneralNames = [
    ...hosts.map((host) => ({ type: isAddress(host) ? ('ip' as const) : ('dns' as const), value: host })),
    ...(uri === undefined ? [] : [{ type: 'url' as const, value: uri }]),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    ...common(validity),
    subject: [{ CN: [name] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKeyOf(authority),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return inPem(certificate, keys);
};

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

const common = ({ from, days }: Validity) => ({
  // Positive, whatever comes out.
  serialNumber: `01${randomBytes(15).toString('hex')}`,
  notBefore: from,
  notAfter: new Date(from.getTime() + days * DAY_MS),
  signingAlgorithm: ALGORITHM,
});

const signingKeyOf = ({ key }: CertifiedKey): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(key), ALGORITHM, false, [
    'sign',
  ]) as Promise<webcrypto.CryptoKey>;

const inPem = async (
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<CertifiedKey> => ({
  certificate: `${certificate.toString('pem')}\n`,
  key: `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`,
});

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);
