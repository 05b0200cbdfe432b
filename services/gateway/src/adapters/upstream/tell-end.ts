import type { UpstreamListener } from '../../app/gateway.ports';

/** Tells whoever hears a call that its answer is whole. Where they throw at that they are told that it failed, as at all that comes before. */
export const tellEnd = (listener: UpstreamListener): void => {
  try {
    listener.onEnd();
  } catch {
    listener.onFailed('broken');
  }
};
