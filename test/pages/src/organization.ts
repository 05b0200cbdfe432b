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

  static async found(product: Product): Promise<Organization> {
    const { operator } = product;
    const { organization } = await operator.organizations.createOrganization(
      provisioningV1.CreateOrganizationRequest.fromPartial({
        ...newCommand(),
        name: `Pages ${randomBytes(4).toString('hex')}`,
      }),
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

  async newWorkspace(name: string): Promise<string> {
    const { workspace } = await this.control.workspaces.createWorkspace(
      provisioningV1.CreateWorkspaceRequest.fromPartial({ ...newCommand(), name }),
    );
    return workspace?.id ?? '';
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
