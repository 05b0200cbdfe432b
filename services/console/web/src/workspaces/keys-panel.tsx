import type { ApiKeyAnswer } from '@gatehouse/console/api-keys/api-key.schema';
import { useState } from 'react';
import { pathOf } from '../api/api-client';
import { ConfiguredLimitsDialog } from '../limits/configured-limits-dialog';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { FormDialog } from '../ui/form-dialog';
import { List } from '../ui/list';
import { moment } from '../ui/words';
import { NewKeyDialog } from './new-key-dialog';
import { type Secret, SecretDialog } from './secret-dialog';
import type { WorkspacePanelProps } from './workspace-panel';

const KEYS = '/v1/api-keys';

/** Of services and people. What a key is, is shown once. */
export const KeysPanel = ({ workspace }: WorkspacePanelProps) => {
  const [open, setOpen] = useState<Open>();
  return (
    <>
      <div className="row end">
        <Button kind="primary" onClick={() => setOpen({ kind: 'new' })}>
          New API key
        </Button>
      </div>
      <List<ApiKeyAnswer>
        caption="API keys"
        path={KEYS}
        query={{ workspace_id: workspace.id }}
        keyOf={({ id }) => id}
        columns={[
          { label: 'Key', cell: (row) => <Name apiKey={row} /> },
          { label: 'Whose', cell: ({ type }) => (type.endsWith('user') ? 'a person' : 'a service') },
          { label: 'Issued', cell: ({ created_at: at }) => moment(at) },
          { label: 'Ends', cell: ({ expires_at: at }) => moment(at) },
          {
            label: 'Change',
            cell: (row) => (
              <span className="row wrap">
                <Button
                  aria-label={`Edit limits of ${row.name}`}
                  onClick={() => setOpen({ kind: 'limits', apiKey: row })}
                >
                  Edit limits
                </Button>
                <Button
                  aria-label={`Rotate ${row.name}`}
                  onClick={() => setOpen({ kind: 'rotate', apiKey: row })}
                >
                  Rotate
                </Button>
                <Button
                  aria-label={`Revoke ${row.name}`}
                  onClick={() => setOpen({ kind: 'revoke', apiKey: row })}
                >
                  Revoke
                </Button>
              </span>
            ),
          },
        ]}
        empty={
          <EmptyState title="There is no key yet.">
            <p>Developers present one to the gateway with every call.</p>
          </EmptyState>
        }
      />
      <KeyDialogs workspace={workspace} open={open} onChange={setOpen} />
    </>
  );
};

interface KeyDialogsProps extends WorkspacePanelProps {
  readonly open: Open | undefined;
  readonly onChange: (open: Open | undefined) => void;
}

const KeyDialogs = ({ workspace, open, onChange }: KeyDialogsProps) => {
  const close = () => onChange(undefined);
  const tell = (title: string, { key: text }: { readonly key: string }) =>
    onChange({ kind: 'secret', secret: { title, text } });
  return (
    <>
      {open?.kind === 'new' && (
        <NewKeyDialog workspace={workspace} onClose={close} onDone={(made) => tell('New API key', made)} />
      )}
      {open?.kind === 'limits' && (
        <ConfiguredLimitsDialog
          title={`Limits of ${open.apiKey.name}`}
          description="Of this key alone, beside those of its workspace and of what it calls."
          scope={open.apiKey.id}
          onClose={close}
        />
      )}
      {open?.kind === 'rotate' && (
        <FormDialog<{ key: string }>
          title={`Rotate ${open.apiKey.name}`}
          description="Another secret; the one of before works for half an hour more."
          action="Rotate"
          onClose={close}
          onDone={(rotated) => tell(`New secret of ${open.apiKey.name}`, rotated)}
          change={() => ({ method: 'POST', path: pathOf(KEYS, open.apiKey.id, 'rotate') })}
        />
      )}
      {open?.kind === 'revoke' && (
        <FormDialog
          title={`Revoke ${open.apiKey.name}`}
          description="For good, within a second: whoever calls with it is refused."
          action="Revoke for good"
          danger
          onClose={close}
          change={() => ({ method: 'DELETE', path: pathOf(KEYS, open.apiKey.id) })}
        />
      )}
      {open?.kind === 'secret' && <SecretDialog secret={open.secret} onClose={close} />}
    </>
  );
};

type Open =
  | { readonly kind: 'new' }
  | { readonly kind: 'limits' | 'rotate' | 'revoke'; readonly apiKey: ApiKeyAnswer }
  | { readonly kind: 'secret'; readonly secret: Secret };

const Name = ({ apiKey: { name, key } }: { readonly apiKey: ApiKeyAnswer }) => (
  <>
    {name}
    <br />
    <code className="quiet">{key}</code>
  </>
);
