import type { ReceivedMessage } from '@gatehouse/bus';
import { readRevisions, writeRevisions, type Reader } from './bookkeeping';
import { lawfulClaim, RefusedMessage, type Claim } from './claim';
import { fromBusMessage } from './cloud-event';
import type { Projection, ProjectionSource, Tx } from './projection';
import { applyEvents } from './projection-tables';
import { assertFitting } from './shape';

/**
 * Applies events off the bus to a projection, each the next of its stream: those that the stream is past are passed
 * over, and those of streams that the projection does not want. RefusedMessage for one that its topic's owner cannot have said, and for one whose revision is not the next: were
 * it adopted, the true events up to it would be taken for known.
 */
export const applyMessages = async (
  tx: Tx,
  projection: Projection,
  reader: Reader,
  messages: readonly ReceivedMessage[],
): Promise<void> => {
  await assertFitting(tx, projection, reader);
  const claims = messages
    .map((message) => ({ message, claim: lawfulClaim(message) }))
    .filter(({ claim }) => isWanted(projection.source, claim));
  if (claims.length === 0) return;
  const seen = await readRevisions(tx, reader, [...new Set(claims.map(({ claim }) => claim.stream))]);
  const moved = new Map<string, bigint>();
  const fresh = claims.filter(({ claim }) => {
    if (!isNext(claim, moved.get(claim.stream) ?? seen.get(claim.stream) ?? -1n)) return false;
    moved.set(claim.stream, claim.revision);
    return true;
  });
  if (fresh.length === 0) return;
  await applyEvents(
    tx,
    projection,
    fresh.map(({ message }) => fromBusMessage(message)),
  );
  await writeRevisions(tx, reader, moved);
};

/**
 * Moves the stream past a message that is a dead letter and was not refused: it was the next one, and those that follow
 * it are not to wait for somebody to replay it.
 */
export const passOver = async (tx: Tx, reader: Reader, message: ReceivedMessage): Promise<void> => {
  const { stream, revision } = lawfulClaim(message);
  await writeRevisions(tx, reader, new Map([[stream, revision]]));
};

/** What nobody wants leaves nothing behind, its stream's revision neither. */
const isWanted = ({ streamPrefixes }: ProjectionSource, { stream }: Claim): boolean =>
  streamPrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true;

/** False for one that is known. */
const isNext = ({ stream, revision }: Claim, last: bigint): boolean => {
  if (revision > last + 1n)
    throw new RefusedMessage(`refused: revision ${revision} of stream ${stream}, whose next is ${last + 1n}`);
  return revision === last + 1n;
};
