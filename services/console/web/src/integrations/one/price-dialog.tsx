import type { IntegrationModelAnswer } from '@gatehouse/console/integrations/own-integration.schema';
import { integrationPath } from '../paths';
import { ChangeDialog } from './change-dialog';
import type { PanelProps } from './panel-props';
import { RatesFields, ratesIn } from './rates-fields';

interface PriceDialogProps extends PanelProps {
  readonly model: IntegrationModelAnswer;
  readonly onClose: () => void;
}

/** What the organization pays for a model, where that is not what the price book says. */
export const PriceDialog = ({ integration, model, onClose }: PriceDialogProps) => (
  <ChangeDialog
    title={`Set pricing of ${model.name}`}
    description="For this integration, from the next call on. What was charged stays."
    action="Set pricing"
    fields={['rates']}
    onClose={onClose}
    change={(form, reason) => ({
      method: 'PUT',
      path: integrationPath(integration.id, 'price-overrides'),
      body: { model: model.name, rates: ratesIn(form, model.prices), reason },
    })}
  >
    {(error) => <RatesFields before={model.prices} required error={error} />}
  </ChangeDialog>
);
