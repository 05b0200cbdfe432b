/** What `traceparent` says, as W3C's Trace Context has it. */
export interface TraceParent {
  /** 32 digits. */
  readonly traceId: string;
  /** Of the caller's span, 16 digits. */
  readonly spanId: string;
  /** The caller records its own part of the trace. */
  readonly sampled: boolean;
}

/** What a later version has more of comes after another dash. */
const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?=$|-)/;
const SAMPLED = 1;

/** Undefined where there is none, and for what is not valid: a trace is begun anew then. */
export const traceParentIn = (header: string | undefined): TraceParent | undefined => {
  if (header === undefined) return undefined;
  const [all, version, traceId, spanId, flags] = FORM.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && all !== header) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
};

/** The `traceparent` of a span that is recorded. */
export const traceparentOf = (traceId: string, spanId: string): string => `00-${traceId}-${spanId}-01`;
