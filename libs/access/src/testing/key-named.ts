import { createHash } from 'node:crypto';
import { apiKeyId, deriveId } from '@gatehouse/kernel';
import { ApiKeyFormat } from '../api-key-format';

/** A key of today's form that a spec can make again from its name. Its id is `deriveId('key', name)`. */
export const keyNamed = (pepper: Uint8Array, name: string): string =>
  new ApiKeyFormat(pepper).compose(
    apiKeyId(deriveId('key', name)),
    createHash('sha256').update(name).digest(),
  );
