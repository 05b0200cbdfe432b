import { readFile, stat } from 'node:fs/promises';
import { get as getByHttp } from 'node:http';
import { get as getByHttps } from 'node:https';
import { type HostGuard, HostRefused } from '@gatehouse/hosts';

const BYTES_MAX = 32 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/**
 * The JSON of a price source: a file's path, or a URL, whose host is judged like any that an integration leads to, at
 * every address that is dialled. Redirects are not followed.
 */
export const readPriceSource = async (source: string, hosts: HostGuard): Promise<unknown> => {
  const text = /^https?:/i.test(source) ? await fetched(source, hosts) : await fileText(source);
  return JSON.parse(text) as unknown;
};

const fileText = async (path: string): Promise<string> => {
  if ((await stat(path)).size > BYTES_MAX)
    throw new Error(`the price source is larger than ${BYTES_MAX} bytes`);
  return readFile(path, 'utf8');
};

const fetched = (source: string, hosts: HostGuard): Promise<string> => {
  const parsed = hosts.parse(source);
  if (!parsed.ok) throw new HostRefused(parsed.refusal);
  const { url } = parsed;
  const get = url.protocol === 'https:' ? getByHttps : getByHttp;
  return new Promise((resolve, reject) => {
    const options = { lookup: hosts.lookupFor(url), signal: AbortSignal.timeout(TIMEOUT_MS) };
    const request = get(url, options, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        return reject(new Error(`the price source answered with ${response.statusCode}`));
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BYTES_MAX)
          request.destroy(new Error(`the price source is larger than ${BYTES_MAX} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    });
    request.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      reject(new Error(`the price source answered with ${statusCode}`));
    });
    request.on('error', reject);
  });
};
