import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { canonicalJson, type JsonObject } from '@gatehouse/event-store';

/** So large that no true content is: what comes off the wire is inflated no further. */
const BYTES_MAX = 64 * 1024 * 1024;

/** A JSON object that was published, as it travels and is kept. */
export interface Content {
  /** Of the canonical JSON, hex. */
  readonly sha256: string;
  /** The canonical JSON, compressed. How well is nobody's business: the hash is over what is inside. */
  readonly gzip: Uint8Array;
}

export const contentOf = (value: JsonObject): Content => {
  const json = Buffer.from(canonicalJson(value));
  return { sha256: hashOf(json), gzip: gzipSync(json) };
};

/** What a content says. Throws on bytes that are not of its hash. */
export const openContent = ({ sha256, gzip }: Content): JsonObject => {
  const json = gunzipSync(gzip, { maxOutputLength: BYTES_MAX });
  if (hashOf(json) !== sha256) throw new Error(`the content is not that of ${sha256}`);
  return JSON.parse(json.toString('utf8')) as JsonObject;
};

const hashOf = (json: Buffer): string => createHash('sha256').update(json).digest('hex');
