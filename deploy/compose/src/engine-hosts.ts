import { connect } from 'node:net';

const DEADLINE_MS = 2_000;
const EVENT_STORE_PORT = 2113;

/** The `host:port`s of an engine's URL, `esdb://host:port?…` or `kafka://host:port,…`; none for `postgres`. */
export const engineHosts = (setting: string): string[] => {
  const [, hosts = ''] = /^[a-z+]+:\/\/(?:[^@/]*@)?([^/?]+)/.exec(setting) ?? [];
  return hosts
    .split(',')
    .filter((host) => host !== '')
    .map((host) => (/:\d+$/.test(host) ? host : `${host}:${EVENT_STORE_PORT}`));
};

export const isListening = (host: string): Promise<boolean> =>
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
    socket.setTimeout(DEADLINE_MS, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
