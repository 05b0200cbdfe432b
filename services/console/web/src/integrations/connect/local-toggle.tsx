import { Toggle } from '../../ui/toggle';
import type { Provider } from '../providers';

interface LocalToggleProps {
  readonly provider: Provider;
  readonly local: boolean;
  readonly onChange: (local: boolean) => void;
}

/** A self-hosted provider always is. */
export const LocalToggle = ({ provider, local, onChange }: LocalToggleProps) => (
  <Toggle
    label="Local/Privately hosted provider"
    help="On a host of your own, with headers of your own."
    checked={local}
    disabled={provider.self_hosted}
    onChange={onChange}
  />
);
