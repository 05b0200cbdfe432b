import type { EventCodec, JsonObject } from '@gatehouse/event-store';
import { integrationId, nanoUsdPerMillion, organizationId } from '@gatehouse/kernel';
import { eventsV1, type typeV1 } from '@gatehouse/proto-gen';
import type { IntegrationEvent } from '../../domain/integration/integration.events';
import type { Model } from '../../domain/integration/model';
import { slug } from '../../domain/slug/slug';

type EventOf<Type extends IntegrationEvent['type']> = Extract<IntegrationEvent, { type: Type }>;

/** Every version ever stored → the newest. A type without its upcaster does not compile. */
export const integrationUpcasters: {
  readonly [Type in IntegrationEvent['type'] as `${Type}@1`]: (data: JsonObject) => EventOf<Type>;
} = {
  'IntegrationConnected@1': (data) => {
    const message = eventsV1.IntegrationConnected.fromJSON(data);
    return {
      ...message,
      type: 'IntegrationConnected',
      integrationId: integrationId(message.integrationId),
      organizationId: organizationId(message.organizationId),
      slug: slug(message.slug),
      models: message.models.map(fromRecordedModel),
      customModels: message.customModels.map(fromRecordedModel),
    };
  },
  'IntegrationConnectAbandoned@1': (data) => ({
    type: 'IntegrationConnectAbandoned',
    integrationId: integrationId(eventsV1.IntegrationConnectAbandoned.fromJSON(data).integrationId),
  }),
  'CredentialRotated@1': (data) => {
    const message = eventsV1.CredentialRotated.fromJSON(data);
    return { ...message, type: 'CredentialRotated', integrationId: integrationId(message.integrationId) };
  },
  'IntegrationDeleted@1': (data) => ({
    type: 'IntegrationDeleted',
    integrationId: integrationId(eventsV1.IntegrationDeleted.fromJSON(data).integrationId),
  }),
};

const upcasters = new Map<string, (data: JsonObject) => IntegrationEvent>(
  Object.entries(integrationUpcasters),
);

/** Domain events ↔ the JSON of the message of the same name in `gatehouse.events.v1`. */
export const integrationCodec: EventCodec<IntegrationEvent> = {
  encode: (event) => ({ type: event.type, version: 1, data: dataOf(event) as JsonObject }),
  decode: ({ type, version, data }) => {
    const upcast = upcasters.get(`${type}@${version}`);
    if (upcast === undefined) throw new Error(`an integration's stream has no ${type}@${version}`);
    return upcast(data);
  },
};

const dataOf = (event: IntegrationEvent): unknown => {
  switch (event.type) {
    case 'IntegrationConnected':
      return eventsV1.IntegrationConnected.toJSON({
        ...event,
        models: event.models.map(toProtoModel),
        customModels: event.customModels.map(toProtoModel),
      });
    case 'IntegrationConnectAbandoned':
      return eventsV1.IntegrationConnectAbandoned.toJSON(event);
    case 'CredentialRotated':
      return eventsV1.CredentialRotated.toJSON(event);
    case 'IntegrationDeleted':
      return eventsV1.IntegrationDeleted.toJSON(event);
  }
};

export const toProtoModel = (model: Model): typeV1.Model => ({
  name: model.name,
  inputNanoUsdPerMillion: model.inputPrice,
  outputNanoUsdPerMillion: model.outputPrice,
  cachedInputNanoUsdPerMillion: model.cachedInputPrice,
  cacheWriteNanoUsdPerMillion: model.cacheWritePrice,
  maxOutputTokens: model.maxOutputTokens,
  contextWindow: model.contextWindow,
});

/** A model as an event recorded it. */
export const fromRecordedModel = (recorded: typeV1.Model): Model => ({
  name: recorded.name,
  ...price('inputPrice', recorded.inputNanoUsdPerMillion),
  ...price('outputPrice', recorded.outputNanoUsdPerMillion),
  ...price('cachedInputPrice', recorded.cachedInputNanoUsdPerMillion),
  ...price('cacheWritePrice', recorded.cacheWriteNanoUsdPerMillion),
  maxOutputTokens: recorded.maxOutputTokens,
  contextWindow: recorded.contextWindow,
});

const price = (
  name: 'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'cacheWritePrice',
  value: bigint | undefined,
): Partial<Model> => (value === undefined ? {} : { [name]: nanoUsdPerMillion(value) });
