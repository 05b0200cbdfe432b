import { isObject } from './json';
import type { Json } from './json';

const DEPTH_MAX = 8;

const referred = (root: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root);

const objectExample = (schema: Json, root: unknown, depth: number): Json => {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : Object.keys(properties);
  return Object.fromEntries(
    required.map((name) => [String(name), exampleAt(properties[String(name)], root, depth + 1)]),
  );
};

const exampleAt = (schema: unknown, root: unknown, depth: number): unknown => {
  if (!isObject(schema) || depth > DEPTH_MAX) return 'tok';
  if (typeof schema['$ref'] === 'string') return exampleAt(referred(root, schema['$ref']), root, depth + 1);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const options = schema[key];
    if (Array.isArray(options)) return exampleAt(options[0], root, depth + 1);
  }
  const types: unknown[] = [schema['type']].flat();
  switch (types[0]) {
    case 'object':
      return objectExample(schema, root, depth);
    case 'array':
      return [exampleAt(schema['items'], root, depth + 1)];
    case 'number':
    case 'integer':
      return schema['minimum'] ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return isObject(schema['properties']) ? objectExample(schema, root, depth) : 'tok';
  }
};

/** A value that keeps a JSON schema, for the subset of schemas that models are given. */
export const exampleOf = (schema: unknown): unknown => exampleAt(schema, schema, 0);
