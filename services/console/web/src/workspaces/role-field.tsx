import { Field } from '../ui/field';

/** Named `role` in its form. */
export const RoleField = () => (
  <Field label="Role in this workspace">
    {(control) => (
      <select {...control} name="role" defaultValue="member">
        <option value="member">member: calls its models</option>
        <option value="admin">admin: manages its keys and members</option>
      </select>
    )}
  </Field>
);
