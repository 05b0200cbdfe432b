import type { Ask, Member, Span } from '../ask';
import { type OutgoingBody, SplicedBody, utf8Letters } from '../outgoing-body';

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
  if (!member || Buffer.byteLength(json) !== member.end - member.start) return false;
  return body.toString('utf8', member.start, member.end) === json;
};

const OPEN_OBJECT = 0x7b;

/** Values are replaced where they stand; what is new comes first. */
const spliced = ({ body, members }: Said, changes: readonly Change[]): SplicedBody => {
  const pieces: (Span | string)[] = [];
  const replaced: { readonly member: Member; readonly json: string }[] = [];
  let inserted = '';
  for (const change of changes) {
    const member = members.get(change[0]);
    if (member) replaced.push({ member, json: change[1] });
    // The body has members, so a comma after what is inserted is right.
    else inserted += `${printed(change)},`;
  }
  let copied = 0;
  if (inserted !== '') {
    copied = body.indexOf(OPEN_OBJECT) + 1;
    pieces.push({ start: 0, end: copied }, utf8Letters(inserted));
  }
  if (replaced.length > 1) replaced.sort((a, b) => a.member.start - b.member.start);
  for (const { member, json } of replaced) {
    pieces.push({ start: copied, end: member.start }, utf8Letters(json));
    copied = member.end;
  }
  pieces.push({ start: copied, end: body.length });
  return new SplicedBody(body, pieces);
};

/** Put together anew from the members that stay, each as it came. */
const rebuilt = (
  { body, members }: Said,
  changes: readonly Change[],
  removed: readonly string[],
): SplicedBody => {
  const left = new Set([...removed, ...changes.map(([name]) => name)]);
  const kept = [...members].filter(([name]) => !left.has(name));
  const pieces: (Span | string)[] = [utf8Letters(`{${changes.map(printed).join(',')}`)];
  for (const [, { keyStart, end }] of kept) {
    if (pieces.length > 1 || changes.length > 0) pieces.push(',');
    pieces.push({ start: keyStart, end });
  }
  pieces.push('}');
  return new SplicedBody(body, pieces);
};

const printed = ([name, json]: Change): string => `${JSON.stringify(name)}:${json}`;
