import { useState } from 'react';
import { Button } from './button';

interface CopyableProps {
  readonly label: string;
  readonly text: string;
}

/** Lines to paste elsewhere. */
export const Copyable = ({ label, text }: CopyableProps) => {
  const [said, setSaid] = useState('');
  const copy = async () => {
    // Not every browser allows it; the lines can be marked by hand then.
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(copied ? 'Copied' : 'Mark it, and copy it by hand');
  };
  return (
    <figure className="copyable">
      <figcaption className="row spread">
        <span>{label}</span>
        <span className="row">
          <span className="quiet" role="status">
            {said}
          </span>
          <Button kind="bare" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
            Copy
          </Button>
        </span>
      </figcaption>
      <pre tabIndex={0} aria-label={label}>
        <code>{text}</code>
      </pre>
    </figure>
  );
};
