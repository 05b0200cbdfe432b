import { ROUTES } from '../routes';
import { openApiOf } from './open-api';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
}

const document = openApiOf(ROUTES) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

it('says each route once, with everything of its path', () => {
  const said = Object.entries(document.paths).flatMap(([url, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      url,
      method: method.toUpperCase(),
      operation,
    })),
  );
  expect(said.map(({ method, url }) => `${method} ${url}`).sort()).toEqual(
    ROUTES.map(({ method, url }) => `${method} ${url}`).sort(),
  );
  expect(new Set(said.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
  for (const { url, operation } of said) {
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name, required }) => [`{${name}}`, required])).toEqual(
      (url.match(/\{\w+\}/g) ?? []).map((name) => [name, true]),
    );
  }
});

it('says that a count is whole, however large', () => {
  const answered = JSON.stringify(document.paths['/v1/policies/rate-limits/{id}']?.['get']);
  expect(answered).toContain('"value":{"type":"integer"}');
});

it('is of a version whose schemas are JSON Schema, and has them in place', () => {
  expect(document.openapi).toBe('3.1.0');
  // A reference within a schema would be looked for in the whole document.
  const references = JSON.stringify(document).match(/"\$\w+":"[^"]*"/g);
  expect(new Set(references)).toEqual(new Set(['"$ref":"#/components/responses/Refused"']));
  expect(document.paths['/v1/integrations']?.['post']?.requestBody).toMatchObject({
    content: { 'application/json': { schema: { type: 'object', required: ['name', 'ai_provider_id'] } } },
  });
});
