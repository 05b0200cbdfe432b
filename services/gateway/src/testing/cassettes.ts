import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Json, objectOf } from '../domain/json-values';

/** Recordings of real providers, which are no part of this project. */
export const CASSETTES = process.env['CASSETTES_DIR'];

interface Interaction {
  readonly request: { readonly uri: string; readonly body?: unknown; readonly parsed_body?: Json };
  readonly response: {
    readonly status: { readonly code: number };
    readonly body?: { readonly string: string | Uint8Array };
    readonly parsed_body?: Json;
  };
}
/** One call and its answer. */
export interface Recorded {
  readonly name: string;
  readonly request: Json;
  readonly plain: Json | undefined;
  readonly stream: Buffer | undefined;
}

/** Nothing where it is no JSON. */
export const jsonOf = (text: unknown): Json => {
  try {
    return typeof text === 'string' ? objectOf(JSON.parse(text)) : {};
  } catch {
    return {};
  }
};
/** All calls of a folder that were answered, whose URL matches. */
export const recordedIn = (folder: string, path: RegExp): Recorded[] =>
  readdirSync(join(CASSETTES ?? '', folder)).flatMap((file) => {
    const text = readFileSync(join(CASSETTES ?? '', folder, file), 'utf8');
    const { interactions } = parse(text, { maxAliasCount: -1, customTags: ['binary'] }) as {
      interactions: Interaction[];
    };
    return interactions
      .filter(({ request, response }) => path.test(request.uri) && response.status.code === 200)
      .map(({ request, response }, at) => {
        const body = response.body?.string;
        const streams = body !== undefined && (typeof body !== 'string' || /^(data|event|:)/.test(body));
        return {
          name: `${file} ${at}`,
          request: request.parsed_body ?? jsonOf(request.body),
          plain: response.parsed_body ?? (streams || body === undefined ? undefined : jsonOf(body)),
          stream: streams ? Buffer.from(body) : undefined,
        };
      });
  });
