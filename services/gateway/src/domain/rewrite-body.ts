import type { ChatRequest } from './chat-request';

/** What must change in a body that otherwise passes through byte for byte. */
export interface BodyChanges {
  /** The provider's own name of the model. */
  readonly model: string;
  /** Set where the body does not have it so. */
  readonly outputLimit?: { readonly name: string; readonly tokens: number };
  /** Members that must not go out. */
  readonly removed?: readonly string[];
  /** Whether the provider takes `stream_options`. */
  readonly streamOptions?: boolean;
}

/** The body to send: the client's bytes, but for model, output limit and the usage option of a stream. */
export const rewriteBody = (request: ChatRequest, changes: BodyChanges): Buffer => {
  const values = changedValues(request, changes);
  const removed = new Set(changes.removed);
  if (removed.size > 0) return rebuilt(request, values, removed);
  if (values.size === 0) return request.body;
  return spliced(request, values);
};

/** The members that are not to go out as they came, as JSON. */
const changedValues = (
  request: ChatRequest,
  { model, outputLimit, streamOptions = true }: BodyChanges,
): ReadonlyMap<string, string> => {
  const values = new Map<string, string>();
  if (request.model !== model) values.set('model', JSON.stringify(model));
  if (outputLimit) values.set(outputLimit.name, String(outputLimit.tokens));
  if (streamOptions && request.stream && !request.usageAsked) {
    values.set('stream_options', streamOptionsOf(request));
  }
  return values;
};

/** Values are replaced where they stand; what is new comes first. */
const spliced = ({ body, members }: ChatRequest, values: ReadonlyMap<string, string>): Buffer => {
  const inserted = [...values].filter(([name]) => !members.has(name));
  const replaced = [...values].flatMap(([name, text]) => {
    const member = members.get(name);
    return member ? [{ ...member, text }] : [];
  });
  const first = body.indexOf('{') + 1;
  // The body has at least `messages`, so a comma after what is inserted is right.
  const pieces: Uint8Array[] = [
    body.subarray(0, first),
    ...inserted.map((one) => Buffer.from(`${printed(one)},`)),
  ];
  let copied = first;
  for (const { start, end, text } of replaced.sort((a, b) => a.start - b.start)) {
    pieces.push(body.subarray(copied, start), Buffer.from(text));
    copied = end;
  }
  pieces.push(body.subarray(copied));
  return Buffer.concat(pieces);
};

/** Put together anew from the members that stay, each as it came. */
const rebuilt = (
  { body, members }: ChatRequest,
  values: ReadonlyMap<string, string>,
  removed: ReadonlySet<string>,
): Buffer => {
  const kept = [...members].filter(([name]) => !removed.has(name) && !values.has(name));
  const pieces: Uint8Array[] = [Buffer.from(`{${[...values].map(printed).join(',')}`)];
  for (const [, { keyStart, end }] of kept) {
    pieces.push(
      Buffer.from(pieces.length === 1 && values.size === 0 ? '' : ','),
      body.subarray(keyStart, end),
    );
  }
  pieces.push(Buffer.from('}'));
  return Buffer.concat(pieces);
};

const printed = ([name, text]: readonly [string, string]): string => `${JSON.stringify(name)}:${text}`;

const streamOptionsOf = ({ body, members }: ChatRequest): string => {
  const span = members.get('stream_options');
  const options = span ? (JSON.parse(body.toString('utf8', span.start, span.end)) as object | null) : null;
  return JSON.stringify({ ...options, include_usage: true });
};
