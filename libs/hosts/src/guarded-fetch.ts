import type { RequestInit } from 'undici';
import { Deadline } from '@gatehouse/kernel';
import type { HostGuard } from './host-guard';
import { HostRefused } from './host-refusal';

const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * `fetch` for libraries that call what the operator has named: each address is judged where it is dialled, redirects are not followed,
 * and an answer has 1 MiB and five seconds at the most. Fails with HostRefused where a URL's text speaks against it.
 */
export const guardedFetch = (hosts: HostGuard): typeof globalThis.fetch => {
  const guarded = async (to: string | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(to);
    const parsed = hosts.parse(`${url.origin}${url.pathname}`);
    if (!parsed.ok) throw new HostRefused(parsed.refusal);
    // Loaded when it is first needed: whoever reads a configuration has this library.
    const { Agent, fetch } = await import('undici');
    const dispatcher = new Agent({
      maxResponseSize: ANSWER_BYTES_MAX,
      connect: { timeout: TIMEOUT_MS, lookup: hosts.lookupFor(parsed.url) },
    });
    const deadline = new Deadline(TIMEOUT_MS, init?.signal ?? undefined);
    const { signal } = deadline;
    const headers = new Headers(init?.headers as ConstructorParameters<typeof Headers>[0]);
    // What is not compressed is as large as it says.
    headers.set('accept-encoding', 'identity');
    try {
      const asked = { ...init, headers: [...headers], redirect: 'manual' as const, signal, dispatcher };
      const answer = await fetch(url, asked);
      const body = await answer.arrayBuffer();
      const { status } = answer;
      return new Response(BODILESS.has(status) ? null : body, { status, headers: [...answer.headers] });
    } finally {
      deadline.cancel();
      await dispatcher.destroy();
    }
  };
  return guarded as unknown as typeof globalThis.fetch;
};
