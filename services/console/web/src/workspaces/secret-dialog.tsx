import { Button } from '../ui/button';
import { Copyable } from '../ui/copyable';
import { Dialog } from '../ui/dialog';

export interface Secret {
  readonly title: string;
  readonly text: string;
}

interface SecretDialogProps {
  readonly secret: Secret;
  readonly onClose: () => void;
}

/** Whoever closes it does not see it again: the page forgets it, and nobody else has it. */
export const SecretDialog = ({ secret: { title, text }, onClose }: SecretDialogProps) => (
  <Dialog
    title={title}
    description="Keep it now: it is shown this once, and nobody can look it up."
    onClose={onClose}
    isOnce
  >
    <Copyable label="The secret" text={text} />
    <div className="row end">
      <Button kind="primary" onClick={onClose}>
        I have it
      </Button>
    </div>
  </Dialog>
);
