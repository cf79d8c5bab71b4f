import { APPLICATION_ID } from "../../../access/application";
import { connectorRepositoryArn } from "../../../access/connector";
import { PolicyError, RequestError, denialMessage } from "../../../access/evaluate";
import type { AccessRequest, ContextKeys, Decision, Policies } from "../../../access/evaluate";
import { organizationOf } from "../../world";
import type { Answer } from "../answer";
import type { Call } from "../call";
import { DecisionRecord } from "../decision-record";
import { AwsError } from "../errors";
import type { Identities } from "../identities";
import { shareStatements, withShares } from "../lake-formation/shares";
import type { Moto } from "../moto";
import { principalArn } from "../principal";
import type { Principal } from "../principal";
import type { GatewayState } from "../state";
import { denied } from "./denial";
import { keyStateFault } from "./key-state";
import { accountIn, inputOf, serviceOf } from "./need";
import type { Asked, Need } from "./need";
import { Resources } from "./resources";
import { ruleOf } from "./rules";
import { tagsOfResource } from "./resource-tags";
import { secureTransport } from "./secure-transport";

/** A call that a service makes for its caller. */
export interface MadeCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** S3's bucket and key. */
  readonly labels?: Readonly<Record<string, string>>;
  /** S3's parameters in the query, for instance a prefix. */
  readonly query?: Readonly<Record<string, string>>;
  /** S3's headers, for instance of encryption. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a call comes from, and so how a refusal of it is written. */
type Place = Pick<Call, "service" | "region" | "protocol">;

/**
 * Decides every request: works out what it needs, on which resources, and asks the evaluator with the policies that are
 * stored at this moment. With `enforced` false it only finds the owner.
 */
export class Authorization {
  readonly resources: Resources;
  /** Makes all decisions of the gateway. */
  readonly decisions = new DecisionRecord();

  constructor(
    readonly enforced: boolean,
    moto: Moto,
    private readonly identities: Identities,
    private readonly state: GatewayState,
  ) {
    this.resources = new Resources(moto);
  }

  /**
   * Authorizes a request.
   *
   * @returns the account that owns what the request is about: the caller's, where the request names no other
   * @throws AwsError in the service's own shape, naming principal, action, resource and the policy type that did not allow
   */
  async authorize(call: Call, principal: Principal): Promise<string> {
    const rule = ruleOf(call.service, call.operation);
    if (rule === undefined || (call.protocol === "cbor" && !WHATEVER_IT_NAMES.has(call.operation))) {
      if (!this.enforced) return principal.account;
      throw denied(
        call.protocol,
        call.service,
        `User: ${principalArn(principal)} is not authorized to perform: ${serviceOf(call.service)}:${call.operation} ` +
          "because the sandbox does not know which permissions this operation needs",
      );
    }
    const needs = await rule(this.asked(call, principal, inputOf(call)));
    await this.require(principal, call, needs, requestContext(call));
    return ownerOf(needs[0]) ?? principal.account;
  }

  /**
   * Authorizes a call that a service makes for its caller, with the caller's own permissions: Athena reading Glue, Cloud
   * Control calling Quick.
   *
   * @param call what the caller asked of the service
   * @param through the service's principal for `aws:CalledVia`, where AWS says one: `athena.amazonaws.com`
   * @returns the account that owns what the made call is about
   * @throws AwsError in the shape of the caller's own call
   */
  async onBehalf(call: Call, principal: Principal, made: MadeCall, through?: string): Promise<string> {
    const rule = ruleOf(made.service, made.operation);
    if (rule === undefined) throw new Error(`no rule for ${made.service}:${made.operation}`);
    const { authorization, region, method, path, body } = call;
    const written: Call = {
      ...{ authorization, region, method, path, body, protocol: "json" },
      service: made.service,
      operation: made.operation,
      headers: made.headers ?? {},
      query: new URLSearchParams(made.query ?? {}),
      labels: made.labels ?? {},
    };
    const needs = await rule(this.asked(written, principal, made.input));
    const via = through === undefined ? { "aws:ViaAWSService": "true" } : { "aws:CalledVia": [through] };
    await this.require(principal, call, needs, { ...always(call), ...via });
    return ownerOf(needs[0]) ?? principal.account;
  }

  private asked(call: Call, principal: Principal, input: Readonly<Record<string, unknown>>): Asked {
    const { resources, identities, state } = this;
    return {
      call,
      principal,
      account: principal.account,
      region: call.region,
      input,
      resources,
      identities,
      state,
    };
  }

  private async require(
    principal: Principal,
    place: Place,
    needs: readonly Need[],
    context: ContextKeys,
  ): Promise<void> {
    if (this.enforced)
      for (const need of needs) {
        const why = await this.whyNot(principal, place, need, context);
        if (why !== undefined) throw denied(place.protocol, place.service, why);
      }
    for (const need of needs) {
      const fault = await keyStateFault(need, place.service, this.resources);
      if (fault !== undefined) throw fault;
    }
  }

  /** What S3 does not tell callers who may not list the bucket: that an object is not there. @throws AwsError */
  async afterwards(call: Call, principal: Principal, answer: Answer): Promise<void> {
    if (!this.enforced || call.service !== "s3" || answer.status !== 404) return;
    if (call.operation !== "GetObject" && call.operation !== "HeadObject") return;
    const name = call.labels["Bucket"] ?? "";
    const bucket = await this.resources.bucket(name);
    if (bucket === null) return;
    const resource = `arn:aws:s3:::${name}`;
    await this.require(
      principal,
      call,
      [{ action: "s3:ListBucket", resource, account: bucket.account }],
      requestContext(call),
    );
  }

  private async whyNot(
    principal: Principal,
    { service, region }: Place,
    need: Need,
    context: ContextKeys,
  ): Promise<string | undefined> {
    const account = ownerOf(need);
    const request: AccessRequest = {
      caller: await this.identities.callerOf(principal),
      action: need.action,
      resource: need.resource,
      ...(account === undefined || need.resource === "*" ? {} : { resourceAccount: account }),
      context: { ...context, ...(await this.aboutResource(need, region)), ...need.context },
      organizationOf,
    };
    let decision: Decision;
    try {
      decision = this.decisions.decide(request, await this.policies(principal, need));
    } catch (error) {
      // A policy that cannot be read allows nothing.
      if (error instanceof PolicyError) return `${actionRefused(principal, need)}: ${error.message}`;
      if (error instanceof RequestError) {
        throw new AwsError(service === "s3" ? "InvalidRequest" : "ValidationException", error.message);
      }
      throw error;
    }
    if (decision.decision === "allowed") return undefined;
    const message = denialMessage(request, decision);
    // S3 puts the resource in quotes.
    return service === "s3"
      ? message.replace(`on resource: ${need.resource}`, `on resource: "${need.resource}"`)
      : message;
  }

  private async policies(principal: Principal, need: Need): Promise<Policies> {
    const own = await this.identities.policiesOf(principal);
    return { ...own, ...(await this.resourcePolicies(need)) };
  }

  private async resourcePolicies({
    action,
    resource,
    unguarded,
  }: Need): Promise<Pick<Policies, "resource" | "grants">> {
    if (unguarded === true) return {};
    const [, , , where = "", owner = "", ...rest] = resource.split(":");
    const named = rest.join(":");
    const policy = (document: string | null | undefined): Pick<Policies, "resource"> =>
      document === null || document === undefined
        ? {}
        : { resource: { name: `policy of ${resource}`, document } };
    switch (action.slice(0, action.indexOf(":"))) {
      case "s3": {
        if (resource === "*") return {};
        const bucket = await this.resources.bucket(named.split("/")[0] ?? "");
        return policy(bucket?.policy);
      }
      case "lambda":
        if (rest[0] !== "function") return {};
        return policy((await this.resources.function(owner, where, rest.slice(1).join(":")))?.policy);
      case "kms": {
        if (rest[0]?.startsWith("key/") !== true) return {};
        const key = await this.resources.key(owner, where, named.slice("key/".length));
        // A key that is not there is refused by KMS itself, to callers whose own policies allow the call.
        if (key === null)
          return { resource: { name: "policy of an absent key", document: accountMay(owner) } };
        return { resource: { name: `policy of ${key.arn}`, document: key.policy }, grants: key.grants };
      }
      case "glue":
        return resource === "*" ? {} : policy(await this.catalogPolicy(owner, where));
      case "dynamodb": {
        const table = /^table\/([^/]+)/.exec(named)?.[1];
        return table === undefined ? {} : policy((await this.resources.table(owner, where, table))?.policy);
      }
      case "ecr":
        // AWS lets every account fetch images of its own; repositories of others have no policy here.
        return policy(owner === accountIn(connectorRepositoryArn(where)) ? ANYBODY_FETCHES : undefined);
      case "serverlessrepo":
        return policy(owner === accountIn(APPLICATION_ID) ? ANYBODY_DEPLOYS : undefined);
      case "sns":
        return resource === "*" ? {} : policy((await this.resources.topic(owner, where, named))?.policy);
      case "secretsmanager":
        if (resource === "*") return {};
        return policy((await this.resources.secret(owner, where, resource))?.policy);
      default:
        return {};
    }
  }

  /** The policy of an account's catalog, with what its shares of Lake Formation add. */
  private async catalogPolicy(owner: string, region: string): Promise<string | null> {
    const written = (await this.resources.catalog(owner, region))?.policy ?? null;
    const lake = this.state.lakeFormation[`${owner}/${region}`];
    return lake === undefined ? written : withShares(written, shareStatements(lake, owner, region));
  }

  /** What the resource itself adds to the context of every request about it. */
  private async aboutResource(need: Need, region: string): Promise<ContextKeys> {
    const tags = await tagsOfResource(need, region, this.resources, this.identities, this.state);
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
  }
}

/** Operations whose permission does not depend on what a request names, which in CBOR is not read. */
const WHATEVER_IT_NAMES = new Set(["DescribeAlarms"]);

/** The context of a request that somebody makes directly. */
function requestContext(call: Call): ContextKeys {
  const agent = call.headers["user-agent"];
  return { ...always(call), ...(agent === undefined ? {} : { "aws:UserAgent": agent }) };
}

function always(call: Pick<Call, "region" | "headers">): ContextKeys {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return {
    "aws:CurrentTime": now,
    "aws:RequestedRegion": call.region,
    "aws:SecureTransport": secureTransport(call),
    "aws:SourceIp": "127.0.0.1",
  };
}

function ownerOf(need: Need | undefined): string | undefined {
  return need === undefined ? undefined : (need.account ?? accountIn(need.resource));
}

function actionRefused(principal: Principal, { action, resource }: Need): string {
  return `User: ${principalArn(principal)} is not authorized to perform: ${action} on resource: ${resource}`;
}

const ANYBODY_FETCHES = anybodyMay("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer");

const ANYBODY_DEPLOYS = anybodyMay(
  "serverlessrepo:CreateCloudFormationChangeSet",
  "serverlessrepo:GetApplication",
);

function anybodyMay(...Action: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action, Resource: "*" }],
  });
}

function accountMay(account: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" },
    ],
  });
}
