/** A server of which nothing is left when it is stopped. */
export interface DisposableServer {
  /** As the superuser. */
  readonly url: string;
  stop(): Promise<void>;
}
