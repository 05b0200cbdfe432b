import { createHash } from 'node:crypto';

/** What a thought is signed with: it must come back as it was, byte by byte. */
export const signatureOf = (thinking: string): string =>
  createHash('sha256').update(`simulator:${thinking}`).digest('base64');
