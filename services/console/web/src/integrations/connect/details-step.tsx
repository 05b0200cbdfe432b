import { type FormEvent, useState } from 'react';
import { useChange } from '../../api/answers';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { Notice, Refusal } from '../../ui/notice';
import { Toggle } from '../../ui/toggle';
import type { StepProps } from './connect-page';
import { type Draft, slugOf } from './connecting';
import { CredentialForm, credentialFields, givenIn } from './credential-form';
import { DeploymentsEditor, faultOfDeployments } from './deployments-editor';
import { SealedDraft } from './sealed-draft';
import { SlugField } from './slug-field';

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
          <Toggle
            label="Local/Privately hosted provider"
            help="On a host of your own, with headers of your own."
            checked={local}
            disabled={provider.self_hosted}
            onChange={setLocal}
          />
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

interface NamesFieldsProps extends Pick<StepProps, 'said' | 'say'> {
  /** Whether the slug may be had, as far as is known. */
  readonly onFree: (isFree: boolean) => void;
}

/** What people and what programs call it. The slug follows the name until somebody types another. */
const NamesFields = ({ said, say, onFree }: NamesFieldsProps) => {
  const [isSlugTyped, setSlugTyped] = useState(said.slug !== '' && said.slug !== slugOf(said.name));
  return (
    <>
      <Field label="Integration Name" help="For people: what it is, or whose.">
        {(control) => (
          <input
            {...control}
            required
            maxLength={100}
            value={said.name}
            onChange={({ target }) =>
              say({ name: target.value, ...(!isSlugTyped && { slug: slugOf(target.value) }) })
            }
          />
        )}
      </Field>
      <SlugField
        slug={said.slug}
        onFree={onFree}
        onChange={(slug) => {
          setSlugTyped(slug !== '');
          say({ slug });
        }}
      />
      <Field label="Short Description" optional>
        {(control) => (
          <input
            {...control}
            maxLength={512}
            value={said.description}
            onChange={({ target }) => say({ description: target.value })}
          />
        )}
      </Field>
    </>
  );
};
