import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import type { Session } from '../session';

const HEAD = ['outcome', 'means', 'detail', 'status', 'ms'];

/** `integration ID test`, `draft test ID`. */
export const testConnection = async (
  { connection, output }: Session,
  subject: { readonly integrationId: string } | { readonly draftId: string },
): Promise<void> => {
  const tested = await connection
    .integrations()
    .testConnection({ integrationId: '', draftId: '', ...subject });
  output.answer(registryV1.TestConnectionResponse.toJSON(tested), HEAD, [rowOf(tested)]);
};

/** `models --live ID`, `draft models ID`. */
export const listLiveModels = async (
  { connection, output }: Session,
  subject: { readonly integrationId: string } | { readonly draftId: string },
): Promise<void> => {
  const listed = await connection
    .integrations()
    .listLiveModels({ integrationId: '', draftId: '', ...subject });
  const json = registryV1.ListLiveModelsResponse.toJSON(listed);
  if (listed.modelNames.length === 0) return output.answer(json, HEAD, [rowOf(listed)]);
  output.answer(
    json,
    ['model'],
    listed.modelNames.map((name) => [name]),
  );
};

const rowOf = ({
  result,
  explanation,
}: Pick<registryV1.TestConnectionResponse, 'result' | 'explanation'>): string[] => [
  (typeV1.ConnectionOutcome[result?.outcome ?? 0] ?? '').toLowerCase().replaceAll('_', ' '),
  explanation,
  result?.detail ?? '',
  result?.httpStatus ? String(result.httpStatus) : '',
  String(result?.durationMs ?? 0),
];
