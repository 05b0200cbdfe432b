import type { Ask } from '../ask';
import { type OutgoingBody, SplicedBody } from '../outgoing-body';

/** What must change in a body that otherwise passes through byte for byte. */
export interface BodyChanges {
  /** The members that are to have these values, as JSON. */
  readonly set: ReadonlyMap<string, string>;
  /** Members that must not go out. */
  readonly removed: readonly string[];
}

/** The body to send: the client's bytes, where they lie, but for the changes; the very same buffer where they change nothing. */
export const rewrittenBody = (
  ask: Pick<Ask, 'body' | 'members'>,
  { set, removed }: BodyChanges,
): OutgoingBody => {
  const values = new Map<string, string>();
  for (const [name, text] of set) if (!isThere(ask, name, text)) values.set(name, text);
  if (removed.length > 0) return rebuilt(ask, values, new Set(removed));
  if (values.size === 0) return ask.body;
  return spliced(ask, values);
};

const isThere = ({ body, members }: Pick<Ask, 'body' | 'members'>, name: string, text: string): boolean => {
  const member = members.get(name);
  return member !== undefined && body.toString('utf8', member.start, member.end) === text;
};

/** Values are replaced where they stand; what is new comes first. */
const spliced = (
  { body, members }: Pick<Ask, 'body' | 'members'>,
  values: ReadonlyMap<string, string>,
): SplicedBody => {
  const first = body.indexOf('{') + 1;
  const pieces: Buffer[] = [body.subarray(0, first)];
  const replaced: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  for (const [name, text] of values) {
    const member = members.get(name);
    if (member) replaced.push({ start: member.start, end: member.end, text });
    // The body has members, so a comma after what is inserted is right.
    else pieces.push(Buffer.from(`${printed([name, text])},`));
  }
  let copied = first;
  if (replaced.length > 1) replaced.sort((a, b) => a.start - b.start);
  for (const { start, end, text } of replaced) {
    pieces.push(body.subarray(copied, start), Buffer.from(text));
    copied = end;
  }
  pieces.push(body.subarray(copied));
  return new SplicedBody(pieces);
};

/** Put together anew from the members that stay, each as it came. */
const rebuilt = (
  { body, members }: Pick<Ask, 'body' | 'members'>,
  values: ReadonlyMap<string, string>,
  removed: ReadonlySet<string>,
): SplicedBody => {
  const kept = [...members].filter(([name]) => !removed.has(name) && !values.has(name));
  const pieces: Buffer[] = [Buffer.from(`{${[...values].map(printed).join(',')}`)];
  for (const [, { keyStart, end }] of kept) {
    pieces.push(
      Buffer.from(pieces.length === 1 && values.size === 0 ? '' : ','),
      body.subarray(keyStart, end),
    );
  }
  pieces.push(Buffer.from('}'));
  return new SplicedBody(pieces);
};

const printed = ([name, text]: readonly [string, string]): string => `${JSON.stringify(name)}:${text}`;
