/** Resources and stacks as rules see them, whatever moment of a run they come from. */
import type {
  PolicyProviderResource,
  PolicyResource,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";
import { Properties } from "./properties";

/** The provider through which a resource is made. */
export interface Provider {
  readonly name: string;
  readonly urn: string;
  readonly type: string;
  readonly inputs: Properties;
}

export interface Resource {
  /** Type token: `aws:iam/role:Role`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  readonly urn: string;
  /** What the program asks for. */
  readonly inputs: Properties;
  readonly provider: Provider | undefined;
}

/** A resource among the others. */
export interface StackResource extends Resource {
  /** What is there, or will be; in preview, all that AWS decides is unknown. */
  readonly outputs: Properties;
  /** URNs of the resources that the value of a property comes from. */
  readonly sourcesOf: (property: string) => readonly string[];
}

export interface Stack {
  readonly resources: readonly StackResource[];
  /** The resources of the types given. */
  readonly of: (...types: readonly string[]) => readonly StackResource[];
}

/** What the resource types of S3 were called for a while (pulumi-aws 5 and 6). */
const SECOND_NAMES = /^(aws:s3\/bucket\w*)V2:(Bucket\w*)V2$/;

function typeOf(type: string): string {
  return type.replace(SECOND_NAMES, "$1:$2");
}

/** A resource that is about to be made, changed or left as it is. */
export function resourceOf(args: ResourceValidationArgs): Resource {
  return {
    type: typeOf(args.type),
    name: args.name,
    urn: args.urn,
    inputs: Properties.of(args.props),
    provider: providerOf(args.provider),
  };
}

/**
 * A whole stack.
 *
 * @param inputs what was asked for, by URN, as far as it was seen: what comes at the end holds outputs only, in which
 *   each property that AWS fills in is unknown in preview.
 */
export function stackOf(args: StackValidationArgs, inputs: ReadonlyMap<string, Properties>): Stack {
  const resources = args.resources.map((resource) => stackResourceOf(resource, inputs));
  return { resources, of: (...types) => resources.filter(({ type }) => types.includes(type)) };
}

function stackResourceOf(resource: PolicyResource, seen: ReadonlyMap<string, Properties>): StackResource {
  const outputs = Properties.of(resource.props);
  return {
    type: typeOf(resource.type),
    name: resource.name,
    urn: resource.urn,
    inputs: seen.get(resource.urn) ?? outputs,
    outputs,
    provider: providerOf(resource.provider),
    sourcesOf: (property) => (resource.propertyDependencies[property] ?? []).map(({ urn }) => urn),
  };
}

function providerOf(provider: PolicyProviderResource | undefined): Provider | undefined {
  return (
    provider && {
      name: provider.name,
      urn: provider.urn,
      type: provider.type,
      inputs: Properties.of(provider.props),
    }
  );
}
