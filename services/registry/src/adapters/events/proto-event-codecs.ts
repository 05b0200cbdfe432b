import { Injectable } from '@nestjs/common';
import { EventCodecs } from '../../app/event-codecs.ports';
import { integrationCodec } from './integration.codec';
import { catalogCodec, priceBookCodec } from './publication.codecs';
import { secretReferenceCodec } from './secret-reference.codec';
import { slugCodec } from './slug.codec';

/** Events are stored as the JSON of the protobuf message of their name. */
@Injectable()
export class ProtoEventCodecs extends EventCodecs {
  readonly integration = integrationCodec;
  readonly slug = slugCodec;
  readonly catalog = catalogCodec;
  readonly priceBook = priceBookCodec;
  readonly secretReference = secretReferenceCodec;
}
