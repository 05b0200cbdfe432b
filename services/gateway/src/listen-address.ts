/** `host:port`, where a host of IPv6 may stand in brackets. */
export const listenAddress = (listen: string): { host: string; port: number } => {
  const at = listen.lastIndexOf(':');
  return { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) };
};
