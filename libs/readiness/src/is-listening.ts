import { connect } from 'node:net';

/** Whether something takes connections at a `host:port`, as `engineAddress` names them, before the deadline. */
export const isListening = (host: string, deadlineMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const at = host.lastIndexOf(':');
    const socket = connect({
      host: host.slice(0, at).replace(/^\[|\]$/g, ''),
      port: Number(host.slice(at + 1)),
    });
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(deadlineMs, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
