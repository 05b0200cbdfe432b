import { request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { describeHostRefusal, type HostGuard } from '@gatehouse/hosts';
import { Deadline, invalidField } from '@gatehouse/kernel';
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
    if (aborted.aborted) return Promise.resolve(failed('aborted'));
    if (!parsed.ok) return Promise.resolve(failed(`the host ${describeHostRefusal(parsed.refusal)}`));
    const request = parsed.url.protocol === 'https:' ? requestByHttps : requestByHttp;
    return new Promise((resolve) => {
      const deadline = new Deadline(TIMEOUT_MS, aborted);
      const end = (outcome: AttemptOutcome): void => {
        deadline.cancel();
        resolve(outcome);
        // What it says beside its status is of no use, however long it is.
        sent.destroy();
      };
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
      });
      sent.on('response', ({ statusCode = 0 }) => {
        const isTaken = statusCode >= 200 && statusCode < 300;
        end(isTaken ? { kind: 'taken' } : failed(`HTTP ${statusCode}`, statusCode === GONE));
      });
      sent.on('upgrade', ({ statusCode = 0 }, socket) => {
        socket.destroy();
        end(failed(`HTTP ${statusCode}`));
      });
      sent.on('error', (error) => end(failed(reasonOf(error))));
      sent.on('close', () => end(failed('no answer')));
      deadline.signal.addEventListener('abort', () => end(failed(reasonOf(deadline.signal.reason as Error))));
      sent.end(body);
    });
  }
}

const failed = (error: string, gone = false): AttemptOutcome => ({ kind: 'failed', error, gone });

/** Names neither addresses nor what was sent. */
const reasonOf = (error: Error): string =>
  error.name === 'TimeoutError' ? 'no answer within ten seconds' : (codeOf(error) ?? error.name);
