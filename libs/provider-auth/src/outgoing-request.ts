/** Lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** A request as it will leave, after the last change of its bytes. */
export interface OutgoingRequest {
  /** Upper-case. */
  readonly method: string;
  /** As it is sent, escapes included. */
  readonly url: URL;
  /** Those that the provider must find unchanged: a signature covers them. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}
