/** What a preview plans for a configuration, as the engine tells it. */
import { spokeStackName } from "../../access/names";
import { type PlannedResource, providerUrn } from "../../automation/engine/plan";
import { environmentStack } from "../../stacks/environment";
import { spokeStack } from "../../stacks/spoke";
import { type Registered, recordRegistrations } from "../components/registrations";
import type { Configuration } from "../access/configurations";

const KEY_ID = "0a1b2c3d-0000-4000-8000-000000000000";

/** What a stack's program registers, as the engine tells it. */
function planned(registered: readonly Registered[]): PlannedResource[] {
  const accounts = new Map(
    registered
      .filter(({ type }) => type.startsWith("pulumi:providers:"))
      .map(({ urn, inputs }) => {
        const [account] = JSON.parse(String(inputs["allowedAccountIds"])) as string[];
        return [urn, account];
      }),
  );
  return registered
    .filter(({ type, custom }) => custom && !type.startsWith("pulumi:"))
    .map(({ urn, type, inputs, provider, parent }) => ({
      urn,
      type,
      inputs,
      parent,
      id: undefined,
      account: accounts.get(providerUrn(provider)),
    }));
}

/** The resources of both stacks. The environment with its key is there by the time that a spoke is planned. */
export async function plannedResources({
  request,
  environment,
}: Pick<Configuration, "request" | "environment">): Promise<{
  readonly environment: readonly PlannedResource[];
  readonly spoke: readonly PlannedResource[];
}> {
  const shared = await recordRegistrations(() => environmentStack(environment), { preview: true });
  const own = await recordRegistrations(() => spokeStack(request), {
    stack: spokeStackName(environment.name, request.spoke),
    preview: true,
    stackOutputs: {
      environment,
      spillKeys: Object.fromEntries(
        Object.keys(environment.producers).map((producer) => [producer, `arn:aws:kms:::key/${KEY_ID}`]),
      ),
    },
  });
  return {
    environment: planned(shared).map((each) => {
      if (each.type === "aws:kms/key:Key") return { ...each, id: KEY_ID };
      if (each.type !== "aws:kms/alias:Alias") return each;
      return { ...each, inputs: { ...each.inputs, targetKeyId: KEY_ID } };
    }),
    spoke: planned(own),
  };
}
