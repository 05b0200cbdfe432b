import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { accessDenied, unauthenticated } from './wire-errors';

/** Who may call, and by which password. */
export type Users = Readonly<Record<string, string>>;

/** What a caller without credentials, or with wrong ones, is told; undefined where they are right. */
export const refusalOfCaller = (users: Users, metadata: Metadata): ServiceError | undefined => {
  const [header] = metadata.get('authorization');
  if (header === undefined) return accessDenied();
  const told = Buffer.from(String(header).replace(/^Basic /, ''), 'base64').toString();
  const right = Object.entries(users).some(([name, password]) => told === `${name}:${password}`);
  return right ? undefined : unauthenticated();
};
