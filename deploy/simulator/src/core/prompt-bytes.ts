import { invalidRequest } from './api-error';
import { BYTES_PER_TOKEN } from './ask';

const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((token) => Number.isInteger(token));

const oneOf = (value: unknown, path: string): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (isTokens(value)) return value.length * BYTES_PER_TOKEN;
  throw invalidRequest(`Invalid type for '${path}': expected text or tokens.`, path, 'invalid_type');
};

/** The bytes of each text of a prompt or input: one text, one list of tokens, or a list of either. */
export const promptBytes = (value: unknown, path: string): number[] => {
  if (!Array.isArray(value) || isTokens(value)) return [oneOf(value, path)];
  if (value.length === 0) throw invalidRequest(`Invalid '${path}': empty array.`, path, 'empty_array');
  return value.map((each, at) => oneOf(each, `${path}[${at}]`));
};
