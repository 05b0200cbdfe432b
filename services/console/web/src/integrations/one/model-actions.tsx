import type { IntegrationModelAnswer } from '@gatehouse/console/integrations/own-integration.schema';
import { useState } from 'react';
import { searchOf } from '../../api/api-client';
import { Button } from '../../ui/button';
import { integrationPath } from '../paths';
import { ChangeDialog } from './change-dialog';
import { CustomModelDialog } from './custom-model-dialog';
import type { PanelProps } from './panel-props';
import { PriceDialog } from './price-dialog';

interface ModelActionsProps extends PanelProps {
  readonly model: IntegrationModelAnswer;
}

type Open = 'price' | 'list-price' | 'edit' | 'remove';

/** What can be done with one model beside offering it. */
export const ModelActions = ({ integration, model }: ModelActionsProps) => {
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const shared = { integration, model, onClose: close };
  const { name } = model;
  const isOverridden = model.price_layer === 'override';
  return (
    <>
      <span className="row wrap">
        {model.custom && (
          <>
            <Button
              aria-label={`Edit ${name}`}
              // The price that it would have without is not told.
              disabled={isOverridden}
              title={isOverridden ? 'Reset its pricing first.' : undefined}
              onClick={() => setOpen('edit')}
            >
              Edit
            </Button>
            <Button aria-label={`Remove ${name}`} onClick={() => setOpen('remove')}>
              Remove
            </Button>
          </>
        )}
        {(!model.custom || isOverridden) && (
          <Button aria-label={`Set pricing of ${name}`} onClick={() => setOpen('price')}>
            Set Pricing
          </Button>
        )}
        {isOverridden && (
          <Button aria-label={`Reset pricing of ${name}`} onClick={() => setOpen('list-price')}>
            Reset
          </Button>
        )}
      </span>
      {open === 'price' && <PriceDialog {...shared} />}
      {open === 'edit' && <CustomModelDialog {...shared} />}
      {open === 'list-price' && (
        <ChangeDialog
          title={`Reset pricing of ${name}`}
          description="It costs again what it did before it had a price of its own here."
          action="Reset pricing"
          onClose={close}
          change={(_form, reason) => ({
            method: 'DELETE',
            path: integrationPath(integration.id, 'price-overrides') + searchOf({ model: name, reason }),
          })}
        />
      )}
      {open === 'remove' && (
        <ChangeDialog
          title={`Remove ${name}`}
          description="Nobody can call it then, unless the catalog knows a model of this name that is offered."
          action="Remove"
          danger
          onClose={close}
          change={(_form, reason) => ({
            method: 'DELETE',
            path: integrationPath(integration.id, 'custom-models') + searchOf({ model: name, reason }),
          })}
        />
      )}
    </>
  );
};
