import { randomBytes } from 'node:crypto';
import { newCommand, type Product } from '@gatehouse/e2e';
import { provisioningV1 } from '@gatehouse/proto-gen';

const { ApiKeyRole } = provisioningV1;

/** An organization of its own, in which nothing is connected. */
export class Organization {
  private constructor(
    private readonly product: Product,
    readonly id: string,
    readonly adminKey: string,
  ) {}

  static async found(
    product: Product,
    name = `Pages ${randomBytes(4).toString('hex')}`,
  ): Promise<Organization> {
    const { operator } = product;
    const { organization } = await operator.organizations.createOrganization(
      provisioningV1.CreateOrganizationRequest.fromPartial({ ...newCommand(), name }),
    );
    const id = organization?.id ?? '';
    return new Organization(product, id, await Organization.admin(product, id, 'the admin'));
  }

  /** By the operator: what an admin has issued counts as that admin's. */
  private static async admin(product: Product, organizationId: string, name: string): Promise<string> {
    const { secret } = await product.operator.apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({
        ...newCommand(),
        ...{ name, role: ApiKeyRole.ADMIN, organizationId },
      }),
    );
    return secret;
  }

  /** Of somebody else. */
  otherAdminKey(name: string): Promise<string> {
    return Organization.admin(this.product, this.id, name);
  }

  get control() {
    return this.product.control(this.adminKey);
  }

  /** REST by a key; the admin's where none is given. Rejects what is refused. */
  async rest<Answer>(method: string, path: string, body?: object, key = this.adminKey): Promise<Answer> {
    const response = await fetch(`${this.product.gatewayUrl}${path}`, {
      method,
      headers: { 'x-portkey-api-key': key, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  async newWorkspace(name: string, description = ''): Promise<string> {
    const { workspace } = await this.control.workspaces.createWorkspace(
      provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name, description }),
    );
    return workspace?.id ?? '';
  }

  /** Somebody is invited, and accepts. */
  async join(email: string, name: string, roles: provisioningV1.MemberRoles): Promise<void> {
    const { token } = await this.control.members.inviteMember(
      provisioningV1.InviteMemberRequest.fromPartial({ ...newCommand(), email, roles }),
    );
    await this.accept(token, name);
  }

  async accept(invite: string, name: string): Promise<void> {
    await this.product.control(invite).members.acceptInvite({ ...newCommand(), name });
  }

  /** A key that calls models. */
  developerKey(workspaceId: string): Promise<string> {
    return this.newKey('developer', ApiKeyRole.WORKSPACE, workspaceId);
  }

  workspaceAdminKey(workspaceId: string): Promise<string> {
    return this.newKey('admin of a workspace', ApiKeyRole.WORKSPACE_ADMIN, workspaceId);
  }

  private async newKey(name: string, role: provisioningV1.ApiKeyRole, workspaceId: string): Promise<string> {
    const { secret } = await this.control.apiKeys.issueApiKey(
      provisioningV1.IssueApiKeyRequest.fromPartial({ ...newCommand(), name, role, workspaceId }),
    );
    return secret;
  }
}
