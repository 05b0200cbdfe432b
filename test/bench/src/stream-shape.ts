/** Chunks of a stream of the cheap provider. */
export const STREAM_CHUNKS = 200;
