import type { OwnIntegrationDetails } from '@gatehouse/console/integrations/own-integration.schema';

/** What a part of an integration's page is given. */
export interface PanelProps {
  readonly integration: OwnIntegrationDetails;
}
