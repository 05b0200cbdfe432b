import type { Content } from '@gatehouse/contents';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { Contents } from '../../app/publication/publication.ports';

@Injectable()
export class PostgresContents extends Contents {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async keep({ sha256, gzip }: Content): Promise<void> {
    await this.pool.query(
      'INSERT INTO registry.published_content (sha256, gzip) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [sha256, Buffer.from(gzip)],
    );
  }

  async find(sha256: string): Promise<Content | undefined> {
    const { rows } = await this.pool.query<{ sha256: string; gzip: Buffer }>(
      'SELECT sha256, gzip FROM registry.published_content WHERE sha256 = $1',
      [sha256],
    );
    return rows[0];
  }
}
