import type { Ask } from '../ask';
import { type OutgoingBody, SplicedBody } from '../outgoing-body';

/** A member, and the value that it is to have, as JSON. */
export type Change = readonly [name: string, json: string];

/** What must change in a body that otherwise passes through byte for byte. */
export interface BodyChanges {
  /** Each member once. */
  readonly set: readonly Change[];
  /** Members that must not go out. */
  readonly removed: readonly string[];
}

type Said = Pick<Ask, 'body' | 'members'>;

/** The body to send: the client's bytes, where they lie, but for the changes; the very same buffer where they change nothing. */
export const rewrittenBody = (ask: Said, { set, removed }: BodyChanges): OutgoingBody => {
  const changes = set.filter(([name, json]) => !isThere(ask, name, json));
  if (removed.length > 0) return rebuilt(ask, changes, removed);
  return changes.length === 0 ? ask.body : spliced(ask, changes);
};

const isThere = ({ body, members }: Said, name: string, json: string): boolean => {
  const member = members.get(name);
  return member !== undefined && body.toString('utf8', member.start, member.end) === json;
};

const OPEN_OBJECT = 0x7b;

/** Values are replaced where they stand; what is new comes first. */
const spliced = ({ body, members }: Said, changes: readonly Change[]): SplicedBody => {
  const pieces: Buffer[] = [];
  const replaced: { readonly start: number; readonly end: number; readonly json: string }[] = [];
  let copied = 0;
  for (const change of changes) {
    const member = members.get(change[0]);
    if (member) {
      replaced.push({ start: member.start, end: member.end, json: change[1] });
      continue;
    }
    if (copied === 0) pieces.push(body.subarray(0, (copied = body.indexOf(OPEN_OBJECT) + 1)));
    // The body has members, so a comma after what is inserted is right.
    pieces.push(Buffer.from(`${printed(change)},`));
  }
  if (replaced.length > 1) replaced.sort((a, b) => a.start - b.start);
  for (const { start, end, json } of replaced) {
    pieces.push(body.subarray(copied, start), Buffer.from(json));
    copied = end;
  }
  pieces.push(body.subarray(copied));
  return new SplicedBody(pieces);
};

/** Put together anew from the members that stay, each as it came. */
const rebuilt = (
  { body, members }: Said,
  changes: readonly Change[],
  removed: readonly string[],
): SplicedBody => {
  const left = new Set([...removed, ...changes.map(([name]) => name)]);
  const kept = [...members].filter(([name]) => !left.has(name));
  const pieces: Buffer[] = [Buffer.from(`{${changes.map(printed).join(',')}`)];
  for (const [, { keyStart, end }] of kept) {
    pieces.push(
      Buffer.from(pieces.length === 1 && changes.length === 0 ? '' : ','),
      body.subarray(keyStart, end),
    );
  }
  pieces.push(Buffer.from('}'));
  return new SplicedBody(pieces);
};

const printed = ([name, json]: Change): string => `${JSON.stringify(name)}:${json}`;
