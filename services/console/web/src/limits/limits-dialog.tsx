import type { WholeLimit } from '@gatehouse/console/limits/whole-limit.schema';
import { type ReactNode, useState } from 'react';
import type { ApiError } from '../api/api-client';
import { ChangePreview, type PreviewedChange } from '../previews/change-preview';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Notice, Refusal } from '../ui/notice';
import { faultOf, LimitsEditor } from './limits-editor';

interface LimitsDialogProps {
  readonly title: string;
  readonly description: string;
  readonly limits: readonly WholeLimit[];
  /** On the button. */
  readonly action?: string;
  readonly onSave: (limits: readonly WholeLimit[]) => void;
  readonly onClose: () => void;
  readonly busy?: boolean;
  readonly error?: ApiError | null;
  /** The change as it is previewed; without it there are no calls yet that it could have met. */
  readonly preview?: (limits: readonly WholeLimit[]) => PreviewedChange;
  /** Above the buttons, e.g. a reason. */
  readonly children?: ReactNode;
}

export const LimitsDialog = ({
  title,
  description,
  action = 'Save limits',
  limits,
  onSave,
  onClose,
  busy = false,
  error = null,
  preview,
  children,
}: LimitsDialogProps) => {
  const [edited, setEdited] = useState(limits);
  const [fault, setFault] = useState<string>();
  const save = () => {
    const found = faultOf(edited);
    setFault(found);
    if (found === undefined) onSave(edited);
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <LimitsEditor limits={edited} onChange={setEdited} error={error} />
      {preview && <ChangePreview of={isSaid(edited, limits) ? preview(edited) : undefined} />}
      {children}
      {fault !== undefined && <Notice tone="bad">{fault}</Notice>}
      <Refusal error={error} />
      <div className="row end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" busy={busy} onClick={save}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
};

/** Something else than before, and nothing keeps it from being sent. */
const isSaid = (edited: readonly WholeLimit[], before: readonly WholeLimit[]): boolean =>
  faultOf(edited) === undefined && JSON.stringify(edited) !== JSON.stringify(before);
