import type { AdminAnswer } from './admin-sdk';

/** The REST admin API as one key asks it. */
export class RestClient {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  async ask(method: string, path: string, body?: object): Promise<[status: number, answer: AdminAnswer]> {
    const response = await fetch(`${this.url}${path}`, {
      ...{ method, headers: { 'x-portkey-api-key': this.key, 'content-type': 'application/json' } },
      ...(body && { body: JSON.stringify(body) }),
    });
    return [response.status, (await response.json()) as AdminAnswer];
  }

  /** The answer; whatever is refused fails. */
  async done(method: string, path: string, body?: object): Promise<AdminAnswer> {
    const [status, answer] = await this.ask(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  get(path: string): Promise<AdminAnswer> {
    return this.done('GET', path);
  }

  async list(path: string): Promise<{ readonly total: number; readonly data: readonly AdminAnswer[] }> {
    const { total, data } = await this.get(path);
    return { total: Number(total), data: data as readonly AdminAnswer[] };
  }

  async refusal(method: string, path: string, body?: object): Promise<[status: number, reason: unknown]> {
    const [status, answer] = await this.ask(method, path, body);
    return [status, (answer['data'] as AdminAnswer | undefined)?.['reason']];
  }
}
