import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/answers';
import { Button } from '../../ui/button';
import { Notice, Refusal } from '../../ui/notice';
import type { StepProps } from './step-props';
import type { Draft } from './connecting';
import { CredentialForm, credentialFields, givenIn } from './credential-form';
import { DeploymentsEditor, faultOfDeployments } from './deployments-editor';
import { LocalToggle } from './local-toggle';
import { NamesFields } from './names-fields';
import { SealedDraft } from './sealed-draft';

/** Integration Details. What is secret goes from its fields into a sealed draft, and is nowhere in the page after. */
export const DetailsStep = ({ provider, said, say, next }: StepProps) => {
  const [local, setLocal] = useState(provider.self_hosted);
  const [kind, setKind] = useState(0);
  const [fault, setFault] = useState<string>();
  const [isSlugFree, setSlugFree] = useState(true);
  const sealing = useChange<Draft>((draft) => {
    say({ draft });
    next();
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wrong = faultOfDeployments(said.deployments, provider.takes_deployments);
    setFault(wrong ?? (isSlugFree ? undefined : 'Choose another slug: this one is taken.'));
    if (wrong !== undefined || !isSlugFree) return;
    if (said.draft) return next();
    const given = givenIn(new FormData(event.currentTarget), { provider, kind, local });
    void sealing.mutate({ method: 'POST', path: '/v1/gatehouse/drafts', body: given });
  };

  return (
    <form onSubmit={submit} className="stack" autoComplete="off">
      <NamesFields said={said} say={say} onFree={setSlugFree} />
      {said.draft ? (
        <SealedDraft draft={said.draft} onReplace={() => say({ draft: null })} />
      ) : (
        <>
          <LocalToggle provider={provider} local={local} onChange={setLocal} />
          <CredentialForm
            provider={provider}
            kind={kind}
            onKind={setKind}
            local={local}
            error={sealing.error}
          />
        </>
      )}
      {provider.takes_deployments && (
        <DeploymentsEditor deployments={said.deployments} onChange={(deployments) => say({ deployments })} />
      )}
      {fault !== undefined && <Notice tone="bad">{fault}</Notice>}
      <Refusal error={sealing.error} fields={credentialFields(provider, kind, local)} />
      <div className="row end">
        <Button type="submit" kind="primary" busy={sealing.isPending}>
          Next
        </Button>
      </div>
    </form>
  );
};
