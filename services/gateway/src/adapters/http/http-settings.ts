import type { IncomingHttpHeaders } from 'node:http';
import type { Peppers } from '@gatehouse/access';
import { invalidRequest } from '../../domain/refusal';
import { BodyBudget } from './body-budget';
import { BufferPool } from './buffer-pool';
import { headerForwarder } from './forwarded-headers';

export interface HttpSettingValues {
  readonly peppers: Peppers;
  readonly bodyBytesMax: number;
  /** Milliseconds until a body has to be there. */
  readonly bodyDeadlineMs: number;
  /** What all bodies in flight may take. */
  readonly bodiesBytesMax: number;
  /** This gateway, to itself: 16 hexadecimal digits. */
  readonly gatewayId: string;
  /** Milliseconds that a request waits for holds in flight when it does not say. */
  readonly waitMs: number;
  readonly forwardHeaders: readonly string[];
}

const WAIT_MS_MAX = 30_000;
/** Of buffers that no body is in. */
const FREE_BUFFERS_BYTES_MAX = 16 * 1_048_576;

export class HttpSettings {
  readonly forwardedHeadersOf: (headers: IncomingHttpHeaders) => Record<string, string>;

  readonly bodies: BodyBudget;
  readonly buffers = new BufferPool(FREE_BUFFERS_BYTES_MAX);

  constructor(private readonly values: HttpSettingValues) {
    this.bodies = new BodyBudget(values.bodiesBytesMax);
    this.forwardedHeadersOf = headerForwarder(values.forwardHeaders);
  }

  get peppers(): Peppers {
    return this.values.peppers;
  }

  get bodyBytesMax(): number {
    return this.values.bodyBytesMax;
  }

  get bodyDeadlineMs(): number {
    return this.values.bodyDeadlineMs;
  }

  get gatewayId(): string {
    return this.values.gatewayId;
  }

  /** Throws Refusal for a header that is no whole number of milliseconds; what is too long is cut to 30 s. */
  waitMsOf(header: string | undefined): number {
    if (header === undefined) return this.values.waitMs;
    if (!/^\d{1,9}$/.test(header)) {
      throw invalidRequest(
        "'x-gatehouse-wait-ms' must be a whole number of milliseconds.",
        'x-gatehouse-wait-ms',
      );
    }
    return Math.min(WAIT_MS_MAX, Number(header));
  }
}
