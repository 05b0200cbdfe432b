import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertifiedKey, makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { grpcClient, identityUri, TlsFiles } from '@gatehouse/grpc';
import { eventually, SeededRandom, shareOf } from '@gatehouse/kernel/testing';
import { registryV1 } from '@gatehouse/proto-gen';
import {
  addressVariable,
  CONTROL_SERVICE_NAMES,
  type ControlServiceName,
  type Identity,
} from '@gatehouse/topology';

import { GatewayClient } from './gateway-client';
import type { Product } from './product';
import { Twin } from './twin';
import { sharedProduct } from './shared-product';

const START_MS = 180_000;
const VALIDITY = { from: new Date(Date.now() - 60_000), days: 1 };
/** Said by a gateway that the services do not let in. */
const NOT_LET_IN = 'the configuration is not followed just now';

interface Paths {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

let product: Product;
let authority: CertifiedKey;
let stranger: CertifiedKey;
let services: Readonly<Record<ControlServiceName, Twin>>;
const gateways: Twin[] = [];
let directories = 0;

/** A certificate of an identity, signed by `signer`; its holder believes our own authority alone. */
const certify = async (identity: Identity, signer: CertifiedKey): Promise<Paths> => {
  const directory = join(product.dataDir, `tls-${directories++}`);
  const paths = {
    ca: join(directory, 'ca.crt'),
    certificate: join(directory, 'tls.crt'),
    key: join(directory, 'tls.key'),
  };
  const subject = { name: identity, hosts: ['localhost'], uri: identityUri(identity) };
  const { certificate, key } = await makeCertificate(signer, subject, VALIDITY);
  mkdirSync(directory);
  writeFileSync(paths.ca, authority.certificate);
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, key, { mode: 0o600 });
  return paths;
};

const addressOf = (name: ControlServiceName): string =>
  services[name].address.replace('127.0.0.1', 'localhost');
/** For the command line. */
const addressOptions = (): string[] =>
  CONTROL_SERVICE_NAMES.flatMap((name) => [`--${name}`, addressOf(name)]);

/** Certificates in the place of tokens. */
const overTls = ({ ca, certificate, key }: Paths): NodeJS.ProcessEnv => ({
  GATEHOUSE_TLS_CA_FILE: ca,
  GATEHOUSE_TLS_CERT_FILE: certificate,
  GATEHOUSE_TLS_KEY_FILE: key,
  GATEHOUSE_SERVICE_TOKEN: '',
  GATEHOUSE_SERVICE_TOKEN_HASHES: '',
});

const startGateway = async (settings: NodeJS.ProcessEnv): Promise<{ twin: Twin; client: GatewayClient }> => {
  const twin = await Twin.start(product, 'gateway', {
    ...Object.fromEntries(CONTROL_SERVICE_NAMES.map((name) => [addressVariable(name), addressOf(name)])),
    GATEHOUSE_DATA_DIR: join(product.dataDir, `gateway-${directories++}`),
    ...settings,
  });
  gateways.push(twin);
  return { twin, client: new GatewayClient(`http://${twin.address}`, product.first.apiKey) };
};

const ask = { messages: [{ role: 'user', content: 'Who keeps the books?' }], max_tokens: 8 };

describe('the product over mutual TLS', () => {
  beforeAll(async () => {
    product = await sharedProduct();
    [authority, stranger] = [await makeAuthority('ours', VALIDITY), await makeAuthority('ours', VALIDITY)];
    const started = await Promise.all(
      CONTROL_SERVICE_NAMES.map(async (name) => [
        name,
        await Twin.start(product, name, overTls(await certify(name, authority))),
      ]),
    );
    services = Object.fromEntries(started) as Record<ControlServiceName, Twin>;
  }, START_MS);

  afterAll(async () => {
    await Promise.all([...gateways, ...Object.values(services ?? {})].map((twin) => twin.signal('SIGTERM')));
  }, START_MS);

  it(
    'makes a call, and has its record, with certificates and no token',
    async () => {
      const { client } = await startGateway(overTls(await certify('gateway', authority)));
      await eventually(async () => expect(await client.models()).toContain(product.first.model), 30_000);
      const answer = await client.chat({ ...ask, model: product.first.model });
      expect(answer?.status).toBe(200);
      const { ca } = await certify('operator', authority);
      await eventually(async () => {
        const records = await product.cli('--json', '--ca-file', ca, ...addressOptions(), 'records');
        expect(records).toContain(answer?.requestId);
      });
      await client.close();
    },
    START_MS,
  );

  it(
    'lets the operator in by certificate',
    async () => {
      const { ca, certificate, key } = await certify('operator', authority);
      const shown = ['--ca-file', ca, '--certificate-file', certificate, '--certificate-key-file', key];
      expect(await product.cli(...shown, ...addressOptions(), 'projections')).toContain('provisioning/');
      const metering = await certify('metering', authority);
      const wrong = ['--certificate-file', metering.certificate, '--certificate-key-file', metering.key];
      await expect(
        product.cli('--ca-file', ca, ...wrong, ...addressOptions(), 'projections'),
      ).rejects.toThrow('PERMISSION_DENIED');
    },
    START_MS,
  );

  const wrong = [
    ['with a certificate of another authority', async () => overTls(await certify('gateway', stranger))],
    ['with a certificate of another service', async () => overTls(await certify('metering', authority))],
    // As the launcher starts it: with its token, and without certificates.
    ['that speaks plain text', async () => ({})],
  ] as const;
  it.each(shareOf(wrong, 1, new SeededRandom('tls')))(
    'serves no gateway %s',
    async (_what, settings) => {
      const { twin, client } = await startGateway(await settings());
      await twin.says(NOT_LET_IN);
      expect((await client.chat({ ...ask, model: product.first.model }))?.status).toBe(503);
      await client.close();
    },
    START_MS,
  );

  it('serves nobody without a certificate', async () => {
    const { ca } = await certify('gateway', authority);
    const vault = grpcClient(registryV1.VaultServiceClient, {
      address: addressOf('registry'),
      tls: new TlsFiles({ ca }),
    });
    const request = { integrationId: `int_${'0'.repeat(26)}`, credentialVersion: 1 };
    await expect(vault.getSealedCredential(request)).rejects.toMatchObject({
      reason: 'CREDENTIALS_MISSING',
    });
    vault.close();
  });
});
