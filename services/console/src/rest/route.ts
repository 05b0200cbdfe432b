import { StreamableFile } from '@nestjs/common';
import { z } from 'zod';

/** The parts of a request, each by its schema; what a schema does not know is let pass and dropped. */
export interface Route<
  Path extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As OpenAPI has it: `/v1/integrations/{slug}`. */
  readonly url: string;
  /** For people, in the OpenAPI document. */
  readonly summary: string;
  /** Of POST: it makes nothing, or what ends by itself, and what is asked again is done again. */
  readonly asks?: true;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer;
}

export const NO_FIELDS = z.object({});
/** What has no body: some clients send one all the same. */
export const NO_BODY = z.unknown().meta({ description: 'Not read.' });
/** `{}`. */
export const NOTHING = z.object({});

/** A file, as it comes. */
export const DOWNLOAD = z.instanceof(StreamableFile).meta({ description: 'A file.' });

/** The answer of a list, of which `total` rows match. */
export const listOf = <Row extends z.ZodType>(row: Row) =>
  z.object({ object: z.literal('list'), total: z.int(), data: z.array(row) });

/** Fills in what a request has none of. */
export const route = <
  Path extends z.ZodObject = typeof NO_FIELDS,
  Query extends z.ZodObject = typeof NO_FIELDS,
  Body extends z.ZodType = typeof NO_BODY,
  Answer extends z.ZodType = typeof NOTHING,
>(
  said: Pick<Route, 'method' | 'url' | 'summary' | 'asks'> & {
    readonly path?: Path;
    readonly query?: Query;
    readonly body?: Body;
    readonly answer?: Answer;
  },
): Route<Path, Query, Body, Answer> => ({
  path: NO_FIELDS as unknown as Path,
  query: NO_FIELDS as unknown as Query,
  body: NO_BODY as unknown as Body,
  answer: NOTHING as unknown as Answer,
  ...said,
});

export type AnswerOf<R extends Route> = z.input<R['answer']>;
