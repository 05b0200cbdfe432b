import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@gatehouse/kernel';

/** Ours, and what clients of Portkey send; `Authorization: Bearer …` otherwise. Never a cookie. */
const KEY_HEADERS = ['x-gatehouse-api-key', 'x-portkey-api-key'] as const;

/** The key that a request presents; the services judge it. Undefined where there is none; UNAUTHENTICATED `CREDENTIALS_MISSING` where it can be none. */
export const presentedKey = (headers: IncomingHttpHeaders): string | undefined => {
  const named = KEY_HEADERS.map((name) => headers[name]).find((value) => value !== undefined && value !== '');
  const { authorization = '' } = headers;
  if (named === undefined && authorization === '') return undefined;
  const key = typeof named === 'string' ? named : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  // What cannot be sent on cannot be a key either.
  if (key === undefined || !/^[!-~]{1,512}$/.test(key))
    throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
  return key;
};
