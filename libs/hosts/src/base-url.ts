import { BASE_URL_LENGTH_MAX, type HostRefusal } from './host-refusal';

export type BaseUrl =
  { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly refusal: HostRefusal };

/**
 * Ports of well-known services that a request of HTTP could speak to all the same: mail, files, shells, databases,
 * brokers, and the administration of containers and clusters.
 */
const FOREIGN_PORTS: ReadonlySet<number> = new Set([
  ...[0, 20, 21, 22, 23, 25, 53, 69, 110, 111, 119, 123, 135, 137, 138, 139, 143, 161, 179, 389, 427, 445],
  ...[465, 512, 513, 514, 515, 543, 544, 548, 554, 563, 587, 631, 636, 873, 902, 989, 990, 993, 995],
  ...[1433, 1434, 1521, 1723, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5671, 5672],
  ...[5900, 5984, 5985, 5986, 6000, 6379, 6443, 8086, 9042, 9092, 9160, 9200, 9300, 10250, 10255, 11211],
  ...[26257, 27017, 27018, 27019],
]);

/** Takes a base URL apart, where nothing in its text speaks against it but perhaps where it leads. */
export const parseBaseUrl = (raw: string): BaseUrl => {
  if (raw.length > BASE_URL_LENGTH_MAX) return refused('too-long');
  const url = parseUrl(raw);
  if (url === undefined) return refused('malformed');
  if (/^https?:\/\/[^/]*@/i.test(raw)) return refused('user-information');
  if (/[?#]/.test(raw)) return refused('query');
  return FOREIGN_PORTS.has(Number(url.port || 443)) ? refused('port') : { ok: true, url };
};

const refused = (refusal: HostRefusal): BaseUrl => ({ ok: false, refusal });

const parseUrl = (raw: string): URL | undefined => {
  // The URL parser forgives spaces, tabs, backslashes and missing slashes; what was typed is to be what is called.
  if (!/^https?:\/\/[^\s\\/]/i.test(raw) || /[\s\\]/.test(raw) || !URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  return /^\.|\.\./.test(url.hostname) ? undefined : url;
};
