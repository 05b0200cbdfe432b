import { Dialog as Base } from '@base-ui/react/dialog';
import { type ReactNode, useLayoutEffect, useRef } from 'react';

interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly onClose: () => void;
  /** What is in it is nowhere else: Escape does not close it. */
  readonly isOnce?: boolean;
  readonly children: ReactNode;
}

/** How many hide the page, one above the other. */
let hiding = 0;
const hidePage = (change: 1 | -1): void => {
  hiding += change;
  document.getElementById('page')?.toggleAttribute('inert', hiding > 0);
};

/**
 * What is behind cannot be reached, however fast somebody types: who goes round the edge is led back only when the next frame is drawn.
 * It is hidden once the focus is in the dialog, and there again before the focus returns.
 */
const usePageHidden = (): (() => void) => {
  const hides = useRef(false);
  useLayoutEffect(
    () => () => {
      if (hides.current) hidePage(-1);
      hides.current = false;
    },
    [],
  );
  return () => {
    if (!hides.current) hidePage(1);
    hides.current = true;
  };
};

/** Open as long as it is there. The keyboard stays inside; Escape closes it, and no press beside it, which may be a slip. */
export const Dialog = ({ title, description, onClose, isOnce = false, children }: DialogProps) => {
  const hide = usePageHidden();
  return (
    <Base.Root
      open
      disablePointerDismissal
      onOpenChange={(open, { reason }) => !open && !(isOnce && reason === 'escape-key') && onClose()}
    >
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className="dialog" onFocus={hide}>
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
};
