import type { ChatRequest, OutputLimitName } from './chat-request';

/** What must change in a body that otherwise passes through byte for byte. */
export interface BodyChanges {
  /** The provider's own name of the model. */
  readonly model: string;
  /** Set when the body has no output limit. */
  readonly outputLimit?: { readonly name: OutputLimitName; readonly tokens: number };
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The body to send: the client's bytes, but for model, output limit and the usage option of a stream. */
export const rewriteBody = (request: ChatRequest, changes: BodyChanges): Buffer => {
  const splices = splicesOf(request, changes).sort((a, b) => a.start - b.start);
  if (splices.length === 0) return request.body;
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (const { start, end, text } of splices) {
    pieces.push(request.body.subarray(copied, start), Buffer.from(text));
    copied = end;
  }
  pieces.push(request.body.subarray(copied));
  return Buffer.concat(pieces);
};

const splicesOf = (request: ChatRequest, { model, outputLimit }: BodyChanges): Splice[] => {
  const splices: Splice[] = [];
  const inserted: string[] = [];
  const set = (name: string, text: string): void => {
    const span = request.members.get(name);
    if (span) splices.push({ ...span, text });
    else inserted.push(`${JSON.stringify(name)}:${text},`);
  };
  if (request.model !== model) set('model', JSON.stringify(model));
  if (outputLimit) set(outputLimit.name, String(outputLimit.tokens));
  if (request.stream && !request.usageAsked) set('stream_options', streamOptionsOf(request));
  if (inserted.length > 0) {
    // The body has at least `messages`, so a comma after what is inserted is right.
    const first = request.body.indexOf('{') + 1;
    splices.push({ start: first, end: first, text: inserted.join('') });
  }
  return splices;
};

const streamOptionsOf = ({ body, members }: ChatRequest): string => {
  const span = members.get('stream_options');
  const options = span ? (JSON.parse(body.toString('utf8', span.start, span.end)) as object | null) : null;
  return JSON.stringify({ ...options, include_usage: true });
};
