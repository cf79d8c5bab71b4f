import { DataCatalog } from "@pulumi/aws/athena/dataCatalog";
import { Permission } from "@pulumi/aws/lambda/permission";
import * as pulumi from "@pulumi/pulumi";
import { spillBucketPolicy } from "../access/bucket";
import { organizationInvokeGrant } from "../access/connector";
import type { Environment } from "../access/environment";
import { spillKey } from "../access/key";
import { productsOf } from "../access/mesh/product";
import { connectorArn, producerBoundary, producerConnector, spillBucketName } from "../access/names";
import { DynamoDbConnector } from "./dynamodb-connector";
import { onceMade } from "./once-made";
import { PrivateBucket } from "./private-bucket";
import { PublishedProducts } from "./published-products";
import { SampleMusicTable } from "./sample-music-table";
import { SpillKey } from "./spill-key";

export interface ProducerAccountArgs {
  readonly environment: Environment;
  /** The producer's name in the environment. */
  readonly producer: string;
}

/**
 * A producer: its connectors with the bucket they spill to, the grants that the environment owns, a catalog for its own
 * queries, the products it publishes, and the sample table where asked (R8, R12, R13, R24-R26, R47).
 *
 * @example
 * new ProducerAccount("music", { environment, producer: "music" }, { provider: producer });
 */
export class ProducerAccount extends pulumi.ComponentResource {
  /** Connector name -> ARN of its function, known when its grants exist. */
  public readonly functionArns: Readonly<Record<string, pulumi.Output<string>>>;
  /** ARN of the key that encrypts what the connectors spill; undefined when they ask for none. */
  public readonly spillKeyArn: pulumi.Output<string> | undefined;

  public constructor(name: string, args: ProducerAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("athena-spokes:index:ProducerAccount", name, {}, opts);
    const { environment, producer } = args;
    const spec = environment.producers[producer];
    if (spec === undefined) throw new Error(`environment ${environment.name} has no producer ${producer}`);
    const child = { parent: this };
    if (spec.sampleData) new SampleMusicTable(`${name}-music`, child);
    if (productsOf(environment, producer).length > 0)
      new PublishedProducts(`${name}-products`, { environment, producer }, child);
    const wanted = spillKey(environment, producer);
    const key = wanted && new SpillKey(`${name}-spill-key`, wanted, child);
    this.spillKeyArn = key?.arn;
    // A producer without connectors spills nothing.
    const spill = Object.keys(spec.connectors)
      .slice(0, 1)
      .map(
        () =>
          new PrivateBucket(
            `${name}-spill`,
            {
              bucket: spillBucketName(environment, producer),
              policy: spillBucketPolicy(environment, producer),
              expireAfterDays: spec.spill.retentionDays,
              ...(key === undefined ? {} : { key: key.arn }),
            },
            child,
          ),
      );
    const grant = organizationInvokeGrant(environment);
    this.functionArns = Object.fromEntries(
      Object.entries(spec.connectors).map(([connectorName, connectorSpec]) => {
        const connector = new DynamoDbConnector(
          `${name}-${connectorName}`,
          {
            connector: producerConnector(environment, producer, connectorName),
            spec: connectorSpec,
            boundary: producerBoundary(environment, producer),
          },
          { ...child, dependsOn: spill },
        );
        const permission =
          grant &&
          new Permission(
            `${name}-${connectorName}-organization`,
            {
              statementId: grant.statementId,
              action: "lambda:InvokeFunction",
              // By name, so that a preview knows whose policy it is before the function exists.
              function: connectorArn(producerConnector(environment, producer, connectorName)),
              principal: grant.principal,
              ...(grant.principalOrgId === undefined ? {} : { principalOrgId: grant.principalOrgId }),
            },
            // It goes when the scope changes, so that it cannot be protected.
            { ...child, protect: false, dependsOn: [connector] },
          );
        new DataCatalog(
          `${name}-${connectorName}-catalog`,
          {
            name: connectorName,
            type: "LAMBDA",
            description: `DynamoDB tables of ${producer}, through the connector ${connectorName}`,
            parameters: { function: connector.functionArn },
          },
          child,
        );
        return [connectorName, onceMade(connector.functionArn, permission ? [permission] : [])];
      }),
    );
    this.registerOutputs({ functionArns: this.functionArns });
  }
}
