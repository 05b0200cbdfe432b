import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useChange } from '../../api/answers';
import { Refusal } from '../../ui/notice';
import { useTitle } from '../../ui/title';
import { INTEGRATIONS } from '../paths';
import { type Provider, useProviders } from '../providers';
import { type Connecting, creationOf, NOTHING_YET } from './connecting';
import { DetailsStep } from './details-step';
import { ModelsStep } from './models-step';
import { WorkspacesStep } from './workspaces-step';

const STEPS = ['Integration Details', 'Workspace Provisioning', 'Model Provisioning'] as const;

interface ConnectPageProps {
  /** Of the catalog. */
  readonly provider?: string;
}

/** The wizard. Nothing exists before its last button but a sealed draft, which expires. */
export const ConnectPage = ({ provider: name = '' }: ConnectPageProps) => {
  const providers = useProviders();
  const provider = providers.data?.data.find((one) => one.name === name);
  useTitle(`Connect ${provider?.display_name ?? name}`);
  return (
    <div className="stack">
      <nav aria-label="Breadcrumb" className="quiet">
        <Link href="/integrations">Integrations</Link> / {provider?.display_name ?? name}
      </nav>
      <h1>Connect {provider?.display_name ?? name}</h1>
      <Refusal error={providers.error} />
      {providers.isPending && <p className="quiet">Loading…</p>}
      {providers.data && !provider && <p>The catalog has no such provider.</p>}
      {provider && <Wizard key={provider.name} provider={provider} />}
    </div>
  );
};

const Wizard = ({ provider }: { readonly provider: Provider }) => {
  const [step, setStep] = useState(0);
  const [said, setSaid] = useState<Connecting>(NOTHING_YET);
  const [, goTo] = useLocation();
  const creation = useChange<{ id: string }>(({ id }) =>
    goTo(`/integrations/${encodeURIComponent(id)}?new=true`),
  );
  const say = (more: Partial<Connecting>) => setSaid((before) => ({ ...before, ...more }));
  const create = (models: readonly string[] | null) =>
    creation.mutate({ method: 'POST', path: INTEGRATIONS, body: creationOf(said, models) });
  const shared = { provider, said, say, back: () => setStep(step - 1), next: () => setStep(step + 1) };
  return (
    <div className="wizard">
      <Stepper step={step} />
      <div className="stack panel">
        <h2>{STEPS[step]}</h2>
        {step === 0 && <DetailsStep {...shared} />}
        {step === 1 && <WorkspacesStep {...shared} />}
        {step === 2 && (
          <ModelsStep
            {...shared}
            create={(models) => void create(models)}
            busy={creation.isPending}
            error={creation.error}
          />
        )}
      </div>
    </div>
  );
};

const Stepper = ({ step }: { readonly step: number }) => (
  <ol className="stepper" aria-label="Steps">
    {STEPS.map((title, at) => (
      <li
        key={title}
        aria-current={at === step ? 'step' : undefined}
        className={at < step ? 'done' : undefined}
      >
        <span aria-hidden="true">{at < step ? '✓' : at + 1}</span> {title}
        {at < step && <span className="unseen"> (done)</span>}
      </li>
    ))}
  </ol>
);
