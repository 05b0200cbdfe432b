import { isGrpcServing, isHttpOk } from '@gatehouse/readiness';

/** Less than what the compose file allows a check. */
const DEADLINE_MS = 4_000;

/** `healthcheck.js grpc HOST:PORT` or `healthcheck.js http URL`: exit code 0 when what is there is ready. */
const [, , kind, target = ''] = process.argv;

const check = (): Promise<boolean> => {
  if (kind === 'grpc') return isGrpcServing(target, DEADLINE_MS);
  if (kind === 'http') return isHttpOk(target, DEADLINE_MS);
  throw new Error('usage: healthcheck.js grpc HOST:PORT | http URL');
};

void check().then((ready) => {
  process.exitCode = ready ? 0 : 1;
});
