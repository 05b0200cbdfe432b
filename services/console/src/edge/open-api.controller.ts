import { Controller, Get } from '@nestjs/common';
import { ROUTES } from '../routes';
import { openApiOf } from './open-api';

/** The description of this API, for whoever asks. */
@Controller()
export class OpenApiController {
  private document: object | undefined;

  @Get('v1/openapi.json')
  describe(): object {
    return (this.document ??= openApiOf(ROUTES));
  }
}
