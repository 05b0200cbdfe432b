import type { ApiError } from '../../api/api-client';
import { Button } from '../../ui/button';
import { Refusal } from '../../ui/notice';
import { ReasonField } from '../../ui/reason-field';
import type { StepProps } from './step-props';
import { ModelsFields, useOffered } from './models-fields';
import { SealedDraft } from './sealed-draft';

interface ModelsStepProps extends StepProps {
  /** null: all. */
  readonly create: (models: readonly string[] | null) => void;
  readonly busy: boolean;
  readonly error: ApiError | null;
}

/** Model Provisioning, and the one command that makes all of it. */
export const ModelsStep = ({ provider, said, say, back, create, busy, error }: ModelsStepProps) => {
  const offered = useOffered(provider, said);
  const { models, isPending } = offered;
  return (
    <>
      {said.draft && <SealedDraft draft={said.draft} />}
      <ModelsFields provider={provider} said={said} say={say} offered={offered} error={error} />
      <ReasonField kept={{ reason: said.reason, onChange: (reason) => say({ reason }) }} />
      <Refusal error={error} fields={['custom_models']} />
      <div className="row spread">
        <Button onClick={back}>Back</Button>
        <Button
          kind="primary"
          busy={busy}
          disabled={models === undefined || isPending}
          onClick={() => models !== undefined && create(models)}
        >
          Create Integration
        </Button>
      </div>
    </>
  );
};
