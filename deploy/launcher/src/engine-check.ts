import { connect } from 'node:net';

const DEADLINE_MS = 4_000;

/**
 * Refuses to start when nothing listens where the store or the bus should be, and says so by the option's name. A
 * setting of `postgres` is our own.
 */
export const checkEngine = async (option: '--store' | '--bus', setting: string): Promise<void> => {
  if (setting === 'postgres') return;
  const hosts =
    setting
      .replace(/^[^:]+:\/\//, '')
      .replace(/^.*@/, '')
      .split(/[/?]/)[0] ?? '';
  const answers = await Promise.all(hosts.split(',').map(isListening));
  if (answers.includes(true)) return;
  const engine = option === '--store' ? 'event store' : 'Kafka broker';
  throw new Error(`no ${engine} answers at ${hosts} (${option}): start it first, or choose another`);
};

const isListening = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const at = host.lastIndexOf(':');
    const name = (at < 0 ? host : host.slice(0, at)).replace(/^\[|\]$/g, '');
    const socket = connect({ host: name, port: at < 0 ? 2113 : Number(host.slice(at + 1)) });
    const answer = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(DEADLINE_MS, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
