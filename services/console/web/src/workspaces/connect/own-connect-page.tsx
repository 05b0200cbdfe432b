import type { WholeLimit } from '@gatehouse/console/limits/whole-limit.schema';
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useChange } from '../../api/answers';
import { type Connecting, creationOf, NOTHING_YET } from '../../integrations/connect/connecting';
import { CredentialForm, credentialFields, givenIn } from '../../integrations/connect/credential-form';
import { DeploymentsEditor, faultOfDeployments } from '../../integrations/connect/deployments-editor';
import { LocalToggle } from '../../integrations/connect/local-toggle';
import { ModelsFields, useOffered } from '../../integrations/connect/models-fields';
import { NamesFields } from '../../integrations/connect/names-fields';
import { INTEGRATIONS } from '../../integrations/paths';
import { type Provider, useProviders } from '../../integrations/providers';
import { faultOf, LimitsEditor } from '../../limits/limits-editor';
import { useSession } from '../../session/session';
import { Button } from '../../ui/button';
import { Notice, Refusal } from '../../ui/notice';
import { ReasonField } from '../../ui/reason-field';
import { useTitle } from '../../ui/title';

interface OwnConnectPageProps {
  /** Of the catalog. */
  readonly provider?: string;
}

/** A provider of the workspace's own. */
export const OwnConnectPage = ({ provider: name = '' }: OwnConnectPageProps) => {
  const providers = useProviders();
  const provider = providers.data?.data.find((one) => one.name === name);
  const called = provider?.display_name ?? name;
  useTitle(`Connect ${called}`);
  return (
    <div className="stack">
      <nav aria-label="Breadcrumb" className="quiet">
        <Link href="/workspace">Workspace</Link> / <Link href="/workspace/connect">Connect a provider</Link> /{' '}
        {called}
      </nav>
      <h1>Connect {called}</h1>
      <Refusal error={providers.error} />
      {providers.isPending && <p className="quiet">Loading…</p>}
      {providers.data && !provider && <p>The catalog has no such provider.</p>}
      {provider && <OwnConnectForm key={provider.name} provider={provider} />}
    </div>
  );
};

/** One form, in which what is secret stays until all of it is created: drafts are the organization's. */
const OwnConnectForm = ({ provider }: { readonly provider: Provider }) => {
  const { workspace } = useSession();
  const [, goTo] = useLocation();
  const [said, setSaid] = useState<Connecting>(NOTHING_YET);
  const [limits, setLimits] = useState<readonly WholeLimit[]>([]);
  const [local, setLocal] = useState(provider.self_hosted);
  const [kind, setKind] = useState(0);
  const [isSlugFree, setSlugFree] = useState(true);
  const [fault, setFault] = useState<string>();
  const creation = useChange(() => goTo(`/workspace?connected=${encodeURIComponent(said.slug)}`));
  const offered = useOffered(provider, said);
  const { error } = creation;
  const say = (more: Partial<Connecting>) => setSaid((before) => ({ ...before, ...more }));

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wrong =
      faultOfDeployments(said.deployments, provider.takes_deployments) ??
      faultOf(limits) ??
      (isSlugFree ? undefined : 'Choose another slug: this one is taken.');
    setFault(wrong);
    if (wrong !== undefined || offered.models === undefined || !workspace) return;
    const { draft_id: _none, ...rest } = creationOf(said, offered.models);
    const given = givenIn(new FormData(event.currentTarget), { provider, kind, local });
    const own = { owner_workspace_id: workspace.id, workspaces: [{ workspace_id: workspace.id, limits }] };
    void creation.mutate({ method: 'POST', path: INTEGRATIONS, body: { ...rest, ...given, ...own } });
  };

  return (
    <form onSubmit={submit} className="stack panel" autoComplete="off">
      <NamesFields said={said} say={say} onFree={setSlugFree} />
      <LocalToggle provider={provider} local={local} onChange={setLocal} />
      <CredentialForm provider={provider} kind={kind} onKind={setKind} local={local} error={error} />
      {provider.takes_deployments && (
        <DeploymentsEditor deployments={said.deployments} onChange={(deployments) => say({ deployments })} />
      )}
      <h2>Models</h2>
      <ModelsFields provider={provider} said={said} say={say} offered={offered} error={error} />
      <h2>Budget & Rate Limits</h2>
      <LimitsEditor limits={limits} onChange={setLimits} error={error} field="workspaces[0].limits" />
      <ReasonField kept={{ reason: said.reason, onChange: (reason) => say({ reason }) }} />
      {fault !== undefined && <Notice tone="bad">{fault}</Notice>}
      <Refusal error={error} fields={[...credentialFields(provider, kind, local), 'custom_models']} />
      <div className="row end">
        <Button
          type="submit"
          kind="primary"
          busy={creation.isPending}
          disabled={offered.models === undefined || offered.isPending}
        >
          Create Integration
        </Button>
      </div>
    </form>
  );
};
