import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Open as long as it is there. The keyboard stays inside; Escape closes it. */
export const Dialog = ({ title, description, onClose, children }: DialogProps) => (
  <Base.Root open onOpenChange={(open) => !open && onClose()}>
    <Base.Portal>
      <Base.Backdrop className="backdrop" />
      <Base.Popup className="dialog">
        <header className="row spread">
          <Base.Title>{title}</Base.Title>
          <Base.Close className="button bare" aria-label="Close">
            ✕
          </Base.Close>
        </header>
        {description && <Base.Description className="quiet">{description}</Base.Description>}
        {children}
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
);
