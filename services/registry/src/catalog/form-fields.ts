import type { FormField } from '../domain/integration/provider';

/** A label of a host's name, e.g. the name of a resource. */
export const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A part of a path. */
export const PATH_PART = /^[A-Za-z0-9_.-]{1,128}$/;

export const apiKey: FormField = {
  name: 'api_key',
  label: 'API key',
  help: '',
  secret: true,
  required: true,
};

/** Of servers that may run without one. */
export const optionalApiKey: FormField = { ...apiKey, required: false, help: 'if the server asks for one' };

/** A field that is kept in the open. */
export const openField = (
  name: string,
  label: string,
  pattern: RegExp,
  help = '',
  required = true,
): FormField => ({ name, label, help, secret: false, required, pattern });

export const secretField = (name: string, label: string, help = '', required = true): FormField => ({
  name,
  label,
  help,
  secret: true,
  required,
});

/** AWS's and Google's names of regions. */
export const region = (help: string): FormField => openField('region', 'Region', HOST_LABEL, help);
