import { createHmac } from 'node:crypto';

/** What is stored of an API key: HMAC-SHA256 under the installation's pepper, of the whole key. */
export const hashApiKey = (pepper: Uint8Array, key: string): Buffer =>
  createHmac('sha256', pepper).update(key).digest();
