import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GROUP_REFUSED } from '@gatehouse/bus-kafka';
import { makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { grpcClient, type GrpcClientOptions, identityUri, TlsFiles } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ServiceName } from '@gatehouse/topology';
import type { Installation } from '../installation';
import { CA_FILE, CERTIFICATE_FILE, KEY_FILE } from '../tls-directory';
import type { BusAttempt } from './bus-attempts';
import type { ComposeProject } from './compose-project';

const DEADLINE_MS = 5_000;

/**
 * Asks the vault for a credential, as the gateway may, in every way in which one who is not the gateway could. Answers
 * what each was told.
 */
export const expectStrangersRefused = async (installation: Installation): Promise<readonly string[]> => {
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-stranger-'));
  try {
    const attempts: readonly Attempt[] = [
      {
        who: 'a certificate of another authority',
        as: { tls: await foreignGateway(scratch, installation) },
        code: 'UNAVAILABLE',
      },
      { who: 'no certificate', as: { tls: installation.tlsOf() }, code: 'UNAUTHENTICATED' },
      {
        who: "another service's certificate",
        as: { tls: installation.tlsOf('metering') },
        code: 'FORBIDDEN',
      },
      { who: 'plain text', as: {}, code: 'UNAVAILABLE' },
      // The right one is let in: it is the credential that does not exist.
      { who: "the gateway's certificate", as: { tls: installation.tlsOf('gateway') }, code: 'NOT_FOUND' },
    ];
    return await Promise.all(attempts.map((attempt) => toldTo(installation, attempt)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** What the broker said to a service that would do what it may not; as the service's own container is set. */
export const expectBusRefuses = async (
  project: ComposeProject,
  service: ServiceName,
): Promise<readonly string[]> => {
  const script = 'deploy/compose/dist/rehearsal/bus-attempts.js';
  const attempts = JSON.parse(
    await project.exec(service, ['node', script, service]),
  ) as readonly BusAttempt[];
  if (attempts.length === 0) throw new Error(`${service} tried nothing`);
  for (const { what, refusal } of attempts) {
    if (refusal === undefined) throw new Error(`${service} could ${what}`);
    if (!REFUSALS.includes(refusal))
      throw new Error(`${service} could not ${what} for another reason: ${refusal}`);
  }
  return attempts.map(({ what, refusal }) => `${service}, to ${what}: ${refusal}`);
};

const REFUSALS: readonly string[] = ['TOPIC_AUTHORIZATION_FAILED', GROUP_REFUSED];

interface Attempt {
  readonly who: string;
  readonly as: Pick<GrpcClientOptions, 'tls'>;
  readonly code: AppError['code'];
}

const toldTo = async (installation: Installation, { who, as, code }: Attempt): Promise<string> => {
  const vault = grpcClient(registryV1.VaultServiceClient, {
    address: installation.grpc.registry,
    deadlineMs: DEADLINE_MS,
    ...as,
  });
  const request = { integrationId: `int_${'0'.repeat(26)}`, credentialVersion: 1 };
  try {
    await vault.getSealedCredential(registryV1.GetSealedCredentialRequest.fromPartial(request));
  } catch (error) {
    if (error instanceof AppError && error.code === code) return `${who}: ${error.message}`;
    throw new Error(`${who} was told: ${(error as Error).message}, not ${code}`, { cause: error });
  } finally {
    vault.close();
  }
  throw new Error(`${who} was answered`);
};

/** Says that it is the gateway, and that a stranger has seen to it. */
const foreignGateway = async (directory: string, installation: Installation): Promise<TlsFiles> => {
  const validity = { from: new Date(Date.now() - 60_000), days: 1 };
  const { certificate, key } = await makeCertificate(
    await makeAuthority('Gatehouse', validity),
    { name: 'gateway', uri: identityUri('gateway') },
    validity,
  );
  const own = { certificate: join(directory, CERTIFICATE_FILE), key: join(directory, KEY_FILE) };
  writeFileSync(own.certificate, certificate);
  writeFileSync(own.key, key, { mode: 0o600 });
  return new TlsFiles({ ca: join(installation.tlsDirectory, CA_FILE), own });
};
