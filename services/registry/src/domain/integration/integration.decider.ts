import type { Decider } from '@gatehouse/kernel';
import { type AbandonConnect, abandonConnect } from './abandon-connect';
import { changeDeployments, type DeploymentCommand } from './change-deployments';
import { type ChangeModelAccess, changeModelAccess } from './change-model-access';
import { type CompleteConnect, endConnecting, type RefuseConnect } from './complete-connect';
import { type ConnectIntegration, connectIntegration } from './connect-integration';
import { type DefineCustomModel, defineCustomModel } from './define-custom-model';
import { type DeleteIntegration, deleteIntegration } from './delete-integration';
import { type DescribeIntegration, describeIntegration } from './describe-integration';
import { type DisableIntegration, disableIntegration } from './disable-integration';
import { type EnableIntegration, enableIntegration } from './enable-integration';
import { evolve, type Integration, type LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';
import { type JudgeCredential, judgeCredential } from './judge-credential';
import { liveIntegration } from './live-integration';
import { type OverridePrice, overridePrice } from './override-price';
import { type ReconfigureIntegration, reconfigureIntegration } from './reconfigure-integration';
import { type RecordKeyDestruction, recordKeyDestruction } from './record-key-destruction';
import { type RemoveCustomModel, removeCustomModel } from './remove-custom-model';
import { type RemovePriceOverride, removePriceOverride } from './remove-price-override';
import { type RenameIntegration, renameIntegration } from './rename-integration';
import { type RotateCredential, rotateCredential } from './rotate-credential';
import { type SetPriceMultiplier, setPriceMultiplier } from './set-price-multiplier';

/** Changes what is offered, under which names, and at which price. */
type OfferCommand =
  | ChangeModelAccess
  | DefineCustomModel
  | RemoveCustomModel
  | OverridePrice
  | RemovePriceOverride
  | SetPriceMultiplier
  | DeploymentCommand;

/** A change of what is live. */
export type IntegrationChange =
  RenameIntegration | DescribeIntegration | DisableIntegration | EnableIntegration | OfferCommand;

export type IntegrationCommand =
  | ConnectIntegration
  | AbandonConnect
  | CompleteConnect
  | RefuseConnect
  | IntegrationChange
  | RotateCredential
  | ReconfigureIntegration
  | DeleteIntegration
  | JudgeCredential
  | RecordKeyDestruction;

const decide = (command: IntegrationCommand, integration: Integration): readonly IntegrationEvent[] => {
  switch (command.type) {
    case 'ConnectIntegration':
      return connectIntegration(command, integration);
    case 'AbandonConnect':
      return abandonConnect(command, integration);
    case 'CompleteConnect':
    case 'RefuseConnect':
      return endConnecting(command, integration);
    case 'RenameIntegration':
      return renameIntegration(command, liveIntegration(integration));
    case 'DescribeIntegration':
      return describeIntegration(command, liveIntegration(integration));
    case 'DisableIntegration':
      return disableIntegration(command, liveIntegration(integration));
    case 'EnableIntegration':
      return enableIntegration(command, liveIntegration(integration));
    case 'AddDeployment':
    case 'ChangeDeployment':
    case 'RemoveDeployment':
    case 'SetDefaultDeployment':
    case 'ChangeModelAccess':
    case 'DefineCustomModel':
    case 'RemoveCustomModel':
    case 'OverridePrice':
    case 'RemovePriceOverride':
    case 'SetPriceMultiplier':
      return decideOnOffer(command, liveIntegration(integration));
    case 'RotateCredential':
      return rotateCredential(command, liveIntegration(integration));
    case 'ReconfigureIntegration':
      return reconfigureIntegration(command, liveIntegration(integration));
    case 'JudgeCredential':
      return judgeCredential(command, integration);
    case 'DeleteIntegration':
      return deleteIntegration(command, integration);
    case 'RecordKeyDestruction':
      return recordKeyDestruction(command, integration);
  }
};

const decideOnOffer = (command: OfferCommand, integration: LiveIntegration): readonly IntegrationEvent[] => {
  switch (command.type) {
    case 'AddDeployment':
    case 'ChangeDeployment':
    case 'RemoveDeployment':
    case 'SetDefaultDeployment':
      return changeDeployments(command, integration);
    case 'ChangeModelAccess':
      return changeModelAccess(command, integration);
    case 'DefineCustomModel':
      return defineCustomModel(command, integration);
    case 'RemoveCustomModel':
      return removeCustomModel(command, integration);
    case 'OverridePrice':
      return overridePrice(command, integration);
    case 'RemovePriceOverride':
      return removePriceOverride(command, integration);
    case 'SetPriceMultiplier':
      return setPriceMultiplier(command, integration);
  }
};

export const integrationDecider: Decider<IntegrationCommand, Integration, IntegrationEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
