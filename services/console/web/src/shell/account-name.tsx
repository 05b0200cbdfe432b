import { useSession } from '../session/session';

/** Of the person, or of the key where it is nobody's. */
export const AccountName = () => {
  const { apiKey, member } = useSession();
  return (
    <>
      {member?.name ?? apiKey.name} <span aria-hidden="true">▾</span>
    </>
  );
};
