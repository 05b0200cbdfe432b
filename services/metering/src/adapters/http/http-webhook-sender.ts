import { request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { describeHostRefusal, type HostGuard } from '@gatehouse/hosts';
import { invalidField } from '@gatehouse/kernel';
import { codeOf } from '@gatehouse/postgres';
import { WebhookSender } from '../../app/webhook/webhook.ports';
import type { AttemptOutcome } from '../../domain/webhook/after-attempt';

const TIMEOUT_MS = 10_000;
const GONE = 410;

/** Where it leads is judged like where an integration leads, at every address that is dialled. Redirects are not followed. */
export class HttpWebhookSender extends WebhookSender {
  constructor(private readonly hosts: HostGuard) {
    super();
  }

  async judge(url: string): Promise<void> {
    const parsed = this.hosts.parse(url);
    const refusal = parsed.ok ? await this.hosts.resolve(parsed.url) : parsed.refusal;
    if (refusal) throw invalidField('url', describeHostRefusal(refusal));
  }

  send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    aborted: AbortSignal,
  ): Promise<AttemptOutcome> {
    const parsed = this.hosts.parse(url);
    if (!parsed.ok) return Promise.resolve(failed(`the host ${describeHostRefusal(parsed.refusal)}`));
    const request = parsed.url.protocol === 'https:' ? requestByHttps : requestByHttp;
    return new Promise((resolve) => {
      const sent = request(parsed.url, {
        method: 'POST',
        agent: false,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Gatehouse',
        },
        lookup: this.hosts.lookupFor(parsed.url),
        signal: AbortSignal.any([aborted, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      sent.on('response', ({ statusCode = 0 }) => {
        const isTaken = statusCode >= 200 && statusCode < 300;
        resolve(isTaken ? { kind: 'taken' } : failed(`HTTP ${statusCode}`, statusCode === GONE));
        // What it says beside its status is of no use, however long it is.
        sent.destroy();
      });
      sent.on('error', (error) => resolve(failed(reasonOf(error))));
      sent.end(body);
    });
  }
}

const failed = (error: string, gone = false): AttemptOutcome => ({ kind: 'failed', error, gone });

/** Names neither addresses nor what was sent. */
const reasonOf = (error: Error): string =>
  error.name === 'TimeoutError' ? 'no answer within ten seconds' : (codeOf(error) ?? error.name);
