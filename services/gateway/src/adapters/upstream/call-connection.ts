/** What a call may do with the connection that it is on. */
export interface CallConnection {
  pause(): void;
  resume(): void;
  /** Ends it at once, and tells the call nothing. */
  destroy(): void;
}
