/** A span that is over. Times are milliseconds since 1970, with their fractions. */
export interface Span {
  readonly name: string;
  readonly kind: 'server' | 'internal' | 'client';
  /** 32 digits; those of spans are 16. */
  readonly traceId: string;
  readonly spanId: string;
  /** Absent where the trace begins with it. */
  readonly parentSpanId: string | undefined;
  /** Another process has the parent. */
  readonly parentIsRemote: boolean;
  readonly from: number;
  readonly to: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly { readonly name: string; readonly at: number }[];
}

/** Takes spans and tells them by and by; what there is no room for is lost. */
export interface SpanSink {
  tell(span: Span): void;
  /** Tells what is not told yet, as far as that does not take long. */
  close(): Promise<void>;
}
