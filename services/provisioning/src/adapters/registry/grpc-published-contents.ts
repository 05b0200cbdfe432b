import type { Content } from '@gatehouse/contents';
import type { Promised } from '@gatehouse/grpc';
import type { registryV1 } from '@gatehouse/proto-gen';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PublishedContents } from '../../app/gateway-config/gateway-config.ports';

export class GrpcPublishedContents extends PublishedContents implements OnApplicationShutdown {
  constructor(
    private readonly catalog: Pick<
      Promised<registryV1.CatalogServiceClient>,
      'getPublishedContent' | 'close'
    >,
  ) {
    super();
  }

  onApplicationShutdown(): void {
    this.catalog.close();
  }

  async fetch(sha256: string): Promise<Content> {
    const { gzip } = await this.catalog.getPublishedContent({ sha256 });
    return { sha256, gzip };
  }
}
