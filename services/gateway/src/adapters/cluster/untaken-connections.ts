import type { ChildProcess, Serializable } from 'node:child_process';

/** All that a worker has said is heard so long after its end at the latest. */
const HEARD_WITHIN_MS = 1_000;

/** Of Node's cluster, between a primary that accepts connections and its workers. */
interface ClusterMessage {
  readonly cmd?: string;
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

const isOfCluster = (message: unknown): message is ClusterMessage =>
  typeof message === 'object' && message !== null && (message as ClusterMessage).cmd === 'NODE_CLUSTER';

/**
 * Closes, when a worker has gone, the connections that it was handed and never took. Node's cluster forgets them there, open: their
 * callers would wait for an answer, and the primary keep a descriptor, for as long as the primary lives. One that never began, for want of
 * descriptors, cannot be spoken to, and is handed nothing.
 */
export const closeUntaken = (worker: ChildProcess): void => {
  if (!(worker as Partial<ChildProcess>).send) return;
  const untaken = new Map<number, { close(): void }>();
  const send = worker.send.bind(worker) as (message: Serializable, ...rest: unknown[]) => boolean;
  worker.send = (message: Serializable, ...rest: unknown[]): boolean => {
    if (isOfCluster(message) && message.act === 'newconn' && message.seq !== undefined)
      untaken.set(message.seq, rest[0] as { close(): void });
    return send(message, ...rest);
  };
  worker.on('internalMessage', (message: unknown) => {
    if (isOfCluster(message) && message.ack !== undefined) untaken.delete(message.ack);
  });
  // Not when it is disconnected, which Node does not say of one that died with a connection on its way.
  worker.once('exit', () => {
    setTimeout(() => {
      for (const connection of untaken.values()) connection.close();
      untaken.clear();
    }, HEARD_WITHIN_MS).unref();
  });
};
