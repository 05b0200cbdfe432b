import type { ConnectionTestAnswer } from '@gatehouse/console/drafts/draft.schema';
import type { OwnIntegrationDetails } from '@gatehouse/console/integrations/own-integration.schema';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/answers';
import { Button } from '../../ui/button';
import { Refusal } from '../../ui/notice';
import { ago, moment, UNKNOWN } from '../../ui/words';
import { useProviders } from '../providers';
import { TestOutcome } from '../test-outcome';
import { DeleteDialog } from './delete-dialog';
import { EditDialog } from './edit-dialog';
import { integrationPath } from '../paths';
import type { PanelProps } from './panel-props';
import { RotateDialog } from './rotate-dialog';
import { SwitchDialog } from './switch-dialog';
import { UsageSnippets } from './usage-snippets';

type Open = 'edit' | 'rotate' | 'switch' | 'delete';

export const DetailsPanel = ({ integration }: PanelProps) => {
  const [open, setOpen] = useState<Open>();
  const [outcome, setOutcome] = useState<ConnectionTestAnswer>();
  const test = useChange<ConnectionTestAnswer>(setOutcome);
  const close = () => setOpen(undefined);
  return (
    <>
      <div className="row wrap">
        <Button onClick={() => setOpen('edit')}>Edit</Button>
        <Button
          busy={test.isPending}
          onClick={() => void test.mutate({ method: 'POST', path: integrationPath(integration.id, 'test') })}
        >
          Test connection
        </Button>
        <Button onClick={() => setOpen('switch')}>
          {integration.status === 'disabled' ? 'Enable' : 'Disable'}
        </Button>
        <Button kind="danger" onClick={() => setOpen('delete')}>
          Delete
        </Button>
      </div>
      {outcome && <TestOutcome outcome={outcome} />}
      <Refusal error={test.error} />
      <dl className="facts panel">
        {factsOf(integration).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
        <Fact name="Credentials">
          <span className="row wrap">
            <code>••••••••</code>
            <span className="quiet">{describeCredential(integration)}</span>
            <Button onClick={() => setOpen('rotate')}>Replace</Button>
          </span>
        </Fact>
      </dl>
      <Health integration={integration} />
      <UsageSnippets integration={integration} />
      {open === 'edit' && <EditDialog integration={integration} onClose={close} />}
      {open === 'rotate' && <Rotation integration={integration} onClose={close} />}
      {open === 'switch' && <SwitchDialog integration={integration} onClose={close} />}
      {open === 'delete' && <DeleteDialog integration={integration} onClose={close} />}
    </>
  );
};

interface FactProps {
  readonly name: string;
  readonly children: ReactNode;
}

const Fact = ({ name, children }: FactProps) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** What there is; what there is none of is left out. */
const factsOf = (integration: OwnIntegrationDetails): readonly (readonly [string, string])[] => {
  const { connected_by: by, workspace, fields, header_names: headers, model_hosts: hosts } = integration;
  const all: (readonly [string, string | null])[] = [
    ['Description', integration.description],
    ['Connected by', `${by?.name ?? by?.id ?? UNKNOWN}, ${moment(integration.connected_at)}`],
    ['Workspace', workspace && (workspace.name ?? workspace.id)],
    ['Requests go to', integration.base_url],
    ['API specification', integration.api],
    ...Object.entries(fields),
    ['Headers', headers.length > 0 ? headers.join(', ') : null],
    ...Object.entries(hosts).map(([model, host]) => [`Host of ${model}`, host] as const),
    ...Object.entries(integration.references).map(
      ([field, { reference, member }]) =>
        [
          `Secret reference of ${field}`,
          member === '' ? reference : `${reference}, its member ${member}`,
        ] as const,
    ),
    ['External id', integration.external_id],
  ];
  return all.filter((fact): fact is readonly [string, string] => fact[1] !== null && fact[1] !== '');
};

const describeCredential = ({
  credential_kind: kind,
  credential_version: version,
  health,
}: OwnIntegrationDetails) =>
  `${kind?.replaceAll('-', ' ') ?? 'credential'}, version ${version}, given ${ago(health.credential_given_at, Date.now())}` +
  (health.credential_expires_at === null ? '' : `, expires ${moment(health.credential_expires_at)}`);

const Health = ({ integration: { health } }: PanelProps) => (
  <section className="panel stack tight" aria-labelledby="health">
    <h2 id="health">Health</h2>
    <dl className="facts">
      <Fact name="Last success">{moment(health.last_success_at)}</Fact>
      <Fact name="Last refusal by the provider">
        {health.last_refusal === null ? 'never' : `${moment(health.last_refusal_at)}: ${health.last_refusal}`}
      </Fact>
      <Fact name="Credential given">{ago(health.credential_given_at, Date.now())}</Fact>
    </dl>
    {health.credential_rejected && <p className="fault">The provider refuses this credential. Replace it.</p>}
  </section>
);

const Rotation = ({ integration, onClose }: PanelProps & { readonly onClose: () => void }) => {
  const provider = useProviders().data?.data.find(({ name }) => name === integration.provider);
  return provider ? <RotateDialog integration={integration} provider={provider} onClose={onClose} /> : null;
};
