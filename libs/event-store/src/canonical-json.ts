import canonicalize from 'canonicalize';
import type { JsonObject } from './event';

/** RFC 8785: the one spelling of a JSON object, so that two readers hash the same bytes. */
export const canonicalJson = (value: JsonObject): string => canonicalize(value) as string;
