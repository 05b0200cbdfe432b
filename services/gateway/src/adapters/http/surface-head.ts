import { Refusal } from '../../domain/refusal';
import { SURFACES } from '../../domain/surfaces';
import type { Surface } from '../../domain/surfaces/surface';
import type { CrossOrigin } from './cross-origin';
import { HOPS_HEADER, hopsThrough } from './hops';
import type { HttpSettings } from './http-settings';
import { headerOf, presentedIn } from './presented-key';
import type { RequestLine } from './request-head';
import { type ToldInHead, toldInHead } from './told-of-request';

type Headers = Readonly<Record<string, string>>;

/** What a path calls. */
export interface Called {
  readonly surface: Surface;
  /** The path, with a name in braces in place of what it names. */
  readonly route: string;
  /** What it names. */
  readonly named?: string;
}

/** What of a head the way of its request hangs on. The key is not in it, nor anything that the rest of the head would be kept for. */
export interface SurfaceHead {
  readonly called: Called;
  /** What browsers need on the answer. */
  readonly crossOrigin: Headers;
  /** Of the key that it presents. */
  readonly hashes: readonly string[];
  readonly traceparent: string | undefined;
  readonly provider: string | undefined;
  readonly dropUnsupported: boolean;
  readonly forwarded: Headers;
  /** What whoever may call is told at once, where it says what nobody can mean. */
  readonly asks: HeadAsks | Refusal;
}

/** What a head may say wrongly. */
export interface HeadAsks {
  readonly hops: string;
  readonly told: ToldInHead;
  /** Milliseconds to wait for holds in flight. */
  readonly waitMs: number;
}

const ALL: readonly Surface[] = Object.values(SURFACES);
const BY_PATH: ReadonlyMap<string, Called> = new Map(
  ALL.flatMap((surface) =>
    surface.paths.map((path) => [`/${path}`, { surface, route: `/${path}` }] as const),
  ),
);
/** Azure's own paths: they name what is called, slashes encoded or not. */
const DEPLOYMENTS = '/openai/deployments/';

/** Reads the heads of requests that are surfaces'. */
export class SurfaceHeads {
  constructor(
    private readonly settings: HttpSettings,
    private readonly crossOrigin: CrossOrigin,
  ) {}

  /** Undefined where a request is no surface's. */
  of({ method, url, headers }: RequestLine): SurfaceHead | undefined {
    const called = method === 'POST' ? calledBy(url) : undefined;
    if (!called) return undefined;
    const provider =
      headerOf(headers, 'x-gatehouse-provider') ??
      headerOf(headers, 'x-portkey-provider') ??
      headerOf(headers, 'x-portkey-virtual-key');
    return {
      called,
      crossOrigin: ownAll(this.crossOrigin.answerHeaders(headers)),
      hashes: presentedIn(headers, this.settings),
      traceparent: own(headerOf(headers, 'traceparent')),
      provider: own(provider),
      dropUnsupported: headerOf(headers, 'x-gatehouse-drop-unsupported') === 'true',
      forwarded: ownAll(this.settings.forwardedHeadersOf(headers)),
      asks: this.asksIn(headers),
    };
  }

  private asksIn(headers: RequestLine['headers']): HeadAsks | Refusal {
    try {
      const hops = hopsThrough(this.settings.gatewayId, headerOf(headers, HOPS_HEADER));
      const { metadata, traceId } = toldInHead(headers);
      const waitMs = this.settings.waitMsOf(headerOf(headers, 'x-gatehouse-wait-ms'));
      return { hops, told: { metadata, traceId: own(traceId) }, waitMs };
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }
}

/** Undefined for a path that no surface has, and for one that cannot be decoded. */
const calledBy = (url: string): Called | undefined => {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const known = BY_PATH.get(path);
  if (known || !(path.includes('%') || path.startsWith(DEPLOYMENTS))) return known;
  try {
    return BY_PATH.get(decodeURI(path)) ?? deploymentAt(decodeURIComponent(path));
  } catch {
    return undefined;
  }
};

const deploymentAt = (path: string): Called | undefined => {
  if (!path.startsWith(DEPLOYMENTS)) return undefined;
  const surface = ALL.find(({ deploymentPath: end }) => end !== undefined && path.endsWith(`/${end}`));
  const named = surface && own(path.slice(DEPLOYMENTS.length, -`/${surface.deploymentPath}`.length));
  return named ? { surface, named, route: `${DEPLOYMENTS}{alias}/${surface.deploymentPath}` } : undefined;
};

/** The same letters by themselves: a part of a text keeps all of it in memory, the key included. */
const own = <Text extends string | undefined>(text: Text): Text =>
  (text === undefined ? text : Buffer.from(text).toString()) as Text;

const NONE: Headers = {};

const ownAll = (headers: Headers): Headers => {
  const names = Object.keys(headers);
  if (names.length === 0) return NONE;
  return Object.fromEntries(names.map((name) => [name, own(headers[name] as string)]));
};
