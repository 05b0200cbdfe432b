import { isGrpcServing, isHttpOk } from './health';

/** `healthcheck.js grpc HOST:PORT` or `healthcheck.js http URL`: exit code 0 when what is there is ready. */
const [, , kind, target = ''] = process.argv;

const check = (): Promise<boolean> => {
  if (kind === 'grpc') return isGrpcServing(target);
  if (kind === 'http') return isHttpOk(target);
  throw new Error('usage: healthcheck.js grpc HOST:PORT | http URL');
};

void check().then((ready) => {
  process.exitCode = ready ? 0 : 1;
});
