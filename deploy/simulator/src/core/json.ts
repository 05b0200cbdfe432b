import { invalidRequest } from './api-error';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws ApiError (400) when the bytes are not JSON. */
export const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalidRequest('We could not parse the JSON body of your request.', null);
  }
};

/** The model that a body names, for the book, even when the rest of it is refused; '' when it names none. */
export const modelNamedBy = (body: unknown): string =>
  isObject(body) && typeof body['model'] === 'string' ? body['model'] : '';

const invalidType = (path: string, expected: string): never => {
  throw invalidRequest(`Invalid type for '${path}': expected ${expected}.`, path, 'invalid_type');
};

const missing = (path: string): never => {
  throw invalidRequest(`Missing required parameter: '${path}'.`, path, 'missing_required_parameter');
};

export const objectAt = (value: unknown, path: string): Json =>
  isObject(value) ? value : invalidType(path, 'an object');

export const arrayAt = (value: unknown, path: string): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : invalidType(path, 'an array');

export const stringAt = (value: unknown, path: string): string => {
  if (value === undefined || value === null) return missing(path);
  return typeof value === 'string' ? value : invalidType(path, 'a string');
};

export const optionalArray = (value: unknown, path: string): readonly unknown[] =>
  value === undefined || value === null ? [] : arrayAt(value, path);

/** The model and a JSON object, or the refusal that OpenAI words for their lack. */
export const bodyWithModel = (body: unknown): { from: Json; model: string } => {
  if (!isObject(body)) throw invalidRequest('The body of your request is not a JSON object.', null);
  const model = modelNamedBy(body);
  if (model === '') throw invalidRequest('you must provide a model parameter', 'model');
  return { from: body, model };
};

/** A list that must be there and hold something. */
export const filledArray = (from: Json, name: string): readonly unknown[] => {
  if (from[name] === undefined || from[name] === null) return missing(name);
  const list = arrayAt(from[name], name);
  if (list.length > 0) return list;
  const message = `Invalid '${name}': empty array. Expected an array with minimum length 1.`;
  throw invalidRequest(message, name, 'empty_array');
};

export const optionalBoolean = (from: Json, name: string, path = name): boolean | undefined => {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'boolean' ? value : invalidType(path, 'a boolean');
};

export const optionalInteger = (
  from: Json,
  name: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined => {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) return invalidType(name, 'an integer');
  if (value < min) {
    const message = `Invalid '${name}': integer below minimum value. Expected a value >= ${min}, but got ${value} instead.`;
    throw invalidRequest(message, name, 'integer_below_min_value');
  }
  if (value <= max) return value;
  const message = `Invalid '${name}': integer above maximum value. Expected a value <= ${max}, but got ${value} instead.`;
  throw invalidRequest(message, name, 'integer_above_max_value');
};

export const optionalNumber = (from: Json, name: string, min: number, max: number): void => {
  const value = from[name];
  if (value === undefined || value === null) return;
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw invalidRequest(`Invalid '${name}': expected a number from ${min} to ${max}.`, name);
};

/** JSON in ASCII alone, so that a string's length is its length in bytes on the wire. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const jsonBytes = (value: unknown): number =>
  value === undefined || value === null ? 0 : Buffer.byteLength(JSON.stringify(value));
