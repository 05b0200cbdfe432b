import type { Provider } from '../providers';
import type { Connecting } from './connecting';

/** What a step is given, and what it calls. */
export interface StepProps {
  readonly provider: Provider;
  readonly said: Connecting;
  readonly say: (more: Partial<Connecting>) => void;
  readonly back: () => void;
  readonly next: () => void;
}
