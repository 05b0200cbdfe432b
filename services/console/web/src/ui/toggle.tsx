import { Switch } from '@base-ui/react/switch';
import { type ReactNode, useId } from 'react';

interface ToggleProps {
  readonly label: ReactNode;
  readonly help?: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export const Toggle = ({ label, help, checked, disabled = false, onChange }: ToggleProps) => {
  const id = useId();
  return (
    <div className="toggle">
      <Switch.Root
        className="switch"
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-labelledby={`${id}-label`}
        aria-describedby={help ? `${id}-help` : undefined}
      >
        <Switch.Thumb className="thumb" />
      </Switch.Root>
      <div>
        <span id={`${id}-label`} onClick={() => !disabled && onChange(!checked)}>
          {label}
        </span>
        {help && (
          <p id={`${id}-help`} className="help">
            {help}
          </p>
        )}
      </div>
    </div>
  );
};
