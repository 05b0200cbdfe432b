import { z } from 'zod';
import { DOWNLOAD, type Route } from '../rest/route';

const JSON_TYPE = 'application/json';

const errorAnswer = z.object({
  success: z.literal(false),
  data: z.object({
    message: z.string(),
    errorCode: z.string().meta({ description: 'AB01 … AB09, as Portkey has them.' }),
    reason: z.string().optional().meta({ description: 'The reason that every API of the product gives.' }),
    metadata: z.record(z.string(), z.string()).optional(),
    violations: z.array(z.object({ field: z.string(), description: z.string() })).optional(),
  }),
});

/** The OpenAPI 3.1 document of these routes, made of the schemas that they are served by. */
export const openApiOf = (routes: readonly Route[]): object => {
  const paths: Record<string, Record<string, object>> = {};
  for (const served of routes) {
    const operations = (paths[served.url] ??= {});
    operations[served.method.toLowerCase()] = operationOf(served);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse: REST admin API', version: '1' },
    servers: [{ url: '/' }],
    security: [{ portkeyKey: [] }, { gatehouseKey: [] }, { bearer: [] }],
    paths,
    components: {
      responses: {
        Refused: {
          description: 'Refused.',
          content: { [JSON_TYPE]: { schema: schemaOf(errorAnswer, 'output') } },
        },
      },
      securitySchemes: {
        portkeyKey: { type: 'apiKey', in: 'header', name: 'x-portkey-api-key' },
        gatehouseKey: { type: 'apiKey', in: 'header', name: 'x-gatehouse-api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
};

const operationOf = (served: Route): object => ({
  operationId: [served.method.toLowerCase(), ...(served.url.match(/\w+/g) ?? []).slice(1)].join('_'),
  summary: served.summary,
  parameters: [...parametersIn('path', served.path), ...parametersIn('query', served.query)],
  ...(hasBody(served) && {
    requestBody: { content: { [JSON_TYPE]: { schema: schemaOf(served.body, 'input') } } },
  }),
  responses: {
    200: {
      description: 'Done.',
      content: { [contentOf(served)]: { schema: schemaOf(served.answer, 'output') } },
    },
    default: { $ref: '#/components/responses/Refused' },
  },
});

const contentOf = ({ answer }: Route): string => (answer === DOWNLOAD ? '*/*' : JSON_TYPE);

const hasBody = ({ body }: Route): boolean => !(body instanceof z.ZodUnknown);

const parametersIn = (where: 'path' | 'query', fields: z.ZodObject): object[] =>
  Object.entries(fields.shape).map(([name, field]) => ({
    name,
    in: where,
    required: where === 'path' || !z.safeParse(field, undefined).success,
    schema: schemaOf(field, 'input'),
  }));

const schemaOf = (schema: z.core.$ZodType, io: 'input' | 'output'): object => {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
  });
  return made;
};
