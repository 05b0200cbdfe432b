/** A setting as it may be kept and shown: a URL loses its user and password. */
export const withoutCredentials = (setting: string): string => {
  if (!URL.canParse(setting)) return setting;
  const url = new URL(setting);
  url.username = '';
  url.password = '';
  return url.href;
};
