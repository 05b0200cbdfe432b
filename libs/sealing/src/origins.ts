/**
 * Where a credential may be sent when it may be sent to these URLs: `scheme://host:port` of each, the port always named;
 * sorted, each once. Throws RangeError for what is no http or https URL.
 */
export const originsOf = (urls: readonly string[]): string[] => {
  const origins = urls.map((url) => {
    const origin = originOf(url);
    // Does not quote it: an admin may have typed anything.
    if (origin === undefined) throw new RangeError('a credential is sent to http and https URLs alone');
    return origin;
  });
  return [...new Set(origins)].sort();
};

/** Whether a URL leads to one of the origins, which are as `originsOf` names them. */
export const leadsTo = (url: string, origins: readonly string[]): boolean => {
  const origin = originOf(url);
  return origin !== undefined && origins.includes(origin);
};

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Of the URLs that were asked about last: a gateway calls few, each for thousands of requests. */
const ORIGINS = new Map<string, string | undefined>();
const REMEMBERED_MAX = 1_024;

const originOf = (url: string): string | undefined => {
  const known = ORIGINS.get(url);
  if (known !== undefined || ORIGINS.has(url)) return known;
  const origin = parsedOrigin(url);
  if (ORIGINS.size >= REMEMBERED_MAX) ORIGINS.clear();
  ORIGINS.set(url, origin);
  return origin;
};

const parsedOrigin = (url: string): string | undefined => {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const defaultPort = DEFAULT_PORTS[protocol];
  return defaultPort === undefined ? undefined : `${protocol}//${hostname}:${port || defaultPort}`;
};
