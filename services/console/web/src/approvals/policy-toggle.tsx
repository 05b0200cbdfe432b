import { useState } from 'react';
import { useAnswer } from '../api/answers';
import { FormDialog, said } from '../ui/form-dialog';
import { Refusal } from '../ui/notice';
import { ReasonField } from '../ui/reason-field';
import { Toggle } from '../ui/toggle';

const POLICY = '/v1/gatehouse/approval-policy';

/** Whether changes want a second admin. */
export const PolicyToggle = () => {
  const policy = useAnswer<{ required: boolean }>(POLICY);
  const [wanted, setWanted] = useState<boolean>();
  return (
    <>
      <Refusal error={policy.error} />
      {policy.data && (
        <Toggle
          label="A second admin approves what lets more be spent or called"
          checked={policy.data.required}
          onChange={setWanted}
        />
      )}
      {wanted !== undefined && (
        <FormDialog
          title={wanted ? 'Require approval' : 'Require approval no more'}
          description={wanted ? undefined : 'This is proposed itself, and another admin approves it.'}
          action={wanted ? 'Require' : 'Propose'}
          onClose={() => setWanted(undefined)}
          change={(form) => ({
            method: 'PUT',
            path: POLICY,
            body: { required: wanted, reason: said(form, 'reason') },
          })}
        >
          {() => <ReasonField />}
        </FormDialog>
      )}
    </>
  );
};
