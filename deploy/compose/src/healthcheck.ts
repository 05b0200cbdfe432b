import { readFileSync } from 'node:fs';
import { isGrpcServing, isHttpOk } from '@gatehouse/readiness';

/** Less than what the compose file allows a check. */
const DEADLINE_MS = 4_000;

/**
 * `healthcheck.js grpc HOST:PORT` or `healthcheck.js http URL`: exit code 0 when what is there is ready. Where the
 * environment has a service's certificates, it is asked over TLS, and shown its own.
 */
const [, , kind, target = ''] = process.argv;

const certificates = (): { ca: Buffer; cert: Buffer; key: Buffer } | undefined => {
  const {
    GATEHOUSE_TLS_CA_FILE: ca,
    GATEHOUSE_TLS_CERT_FILE: cert,
    GATEHOUSE_TLS_KEY_FILE: key,
  } = process.env;
  if (!ca || !cert || !key) return undefined;
  return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
};

const check = (): Promise<boolean> => {
  if (kind === 'grpc') return isGrpcServing(target, DEADLINE_MS, certificates());
  if (kind === 'http') return isHttpOk(target, DEADLINE_MS);
  throw new Error('usage: healthcheck.js grpc HOST:PORT | http URL');
};

void check().then((ready) => {
  process.exitCode = ready ? 0 : 1;
});
