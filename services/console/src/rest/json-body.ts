import { createHash } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import type { FastifyRequest } from 'fastify';

/** Deeper than any request's shape: whoever walks a body by recursion comes back. */
const DEPTH_MAX = 64;
/** By commas and brackets that open, over all levels: four times what the largest command may say. */
const ELEMENTS_MAX = 50_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Refuses what a short text would make much of, before anything is made of it; whether it is JSON is not asked. INVALID
 * `REQUEST_TOO_DEEP`, `REQUEST_TOO_MANY_ELEMENTS`.
 */
export const demandBounded = (text: string): void => {
  let [depth, elements] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) [depth, elements] = [depth + 1, elements + 1];
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if (code === COMMA) elements++;
    if (depth > DEPTH_MAX) throw new AppError('INVALID', 'REQUEST_TOO_DEEP');
    if (elements > ELEMENTS_MAX) throw new AppError('INVALID', 'REQUEST_TOO_MANY_ELEMENTS');
  }
};

/** Where a string ends that begins here. */
const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
};

const DIGEST = Symbol('digest of the body');

interface Carrier {
  [DIGEST]?: string;
}

/** The words of a request, as they came, are known by this when nothing but what they say is kept of them. */
export const keepDigest = (request: FastifyRequest, text: string): void => {
  (request as Carrier)[DIGEST] = createHash('sha256').update(text).digest('base64');
};

/** Empty for a request without a body. */
export const digestOfBody = (request: FastifyRequest): string => (request as Carrier)[DIGEST] ?? '';
