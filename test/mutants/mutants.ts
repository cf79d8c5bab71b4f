/** Policy documents with one fault each. */
import type { PolicyDocument, Statement } from "../../access/document";
import type { FoundPolicies, FoundThing } from "../../access/proof";

/** The policies of a configuration with one of them spoilt. */
export interface Mutant {
  /** The thing whose document it is, and the document's name. */
  readonly arn: string;
  readonly document: string;
  /** What was done to it. */
  readonly change: string;
  readonly found: FoundPolicies;
}

interface Spoilt<Document> {
  readonly change: string;
  readonly document: Document;
}

/** Every mutant of every document. */
export function mutantsOf(found: FoundPolicies): Mutant[] {
  return [...found.things].flatMap(([arn, thing]) => {
    const replaced = (changed: FoundThing): FoundPolicies => ({
      ...found,
      things: new Map([...found.things, [arn, changed]]),
    });
    const slots: { name: string; document: PolicyDocument; put: (document: PolicyDocument) => FoundThing }[] =
      [];
    if (thing.trust !== undefined && "document" in thing.trust) {
      const { trust } = thing;
      slots.push({ ...readSlot(trust), put: (document) => ({ ...thing, trust: { ...trust, document } }) });
    }
    for (const key of ["identity", "resource"] as const)
      (thing[key] ?? []).forEach((each, index, all) => {
        if (!("document" in each)) return;
        slots.push({
          ...readSlot(each),
          put: (document) => ({
            ...thing,
            [key]: all.map((other, at) => (at === index ? { ...each, document } : other)),
          }),
        });
      });
    return [
      ...slots.flatMap(({ name, document, put }) =>
        spoiltDocuments(document)
          .filter((spoilt) => JSON.stringify(spoilt.document) !== JSON.stringify(document))
          .map((spoilt) => ({
            arn,
            document: name,
            change: spoilt.change,
            found: replaced(put(spoilt.document)),
          })),
      ),
      ...spoiltSharing(thing).map(({ change, document }) => ({
        arn,
        document: "sharing",
        change,
        found: replaced({ ...thing, sharing: document }),
      })),
    ];
  });
}

function readSlot({ name, document }: { name: string; document: PolicyDocument | string }): {
  name: string;
  document: PolicyDocument;
} {
  return {
    name,
    document: typeof document === "string" ? (JSON.parse(document) as PolicyDocument) : document,
  };
}

function spoiltDocuments(document: PolicyDocument): Spoilt<PolicyDocument>[] {
  return document.Statement.flatMap((statement, index) => {
    const name = statement.Sid ?? `statement ${index + 1}`;
    const others = document.Statement.filter((_, at) => at !== index);
    return [
      { change: `${name}: deleted`, document: { ...document, Statement: others } },
      ...spoiltStatements(statement).map(({ change, document: spoilt }) => ({
        change: `${name}: ${change}`,
        document: {
          ...document,
          Statement: document.Statement.map((other, at) => (at === index ? spoilt : other)),
        },
      })),
    ];
  });
}

function spoiltStatements(statement: Statement): Spoilt<Statement>[] {
  return [
    {
      change: "effect turned round",
      document: { ...statement, Effect: statement.Effect === "Allow" ? "Deny" : "Allow" },
    },
    ...spoiltResources(statement),
    ...spoiltActions(statement),
    ...spoiltConditions(statement),
    ...spoiltPrincipals(statement),
  ];
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

function spoiltResources(statement: Statement): Spoilt<Statement>[] {
  const resources = listOf(statement.Resource);
  if (resources.length === 0 || resources.includes("*")) return [];
  const without = (index: number) => resources.filter((_, at) => at !== index);
  return [
    { change: "resource widened to *", document: { ...statement, Resource: "*" } },
    ...resources.flatMap((resource, index) => [
      ...(resources.length > 1
        ? [{ change: `resource ${resource} taken out`, document: { ...statement, Resource: without(index) } }]
        : []),
      ...widened(resource).map((wide) => ({
        change: `resource ${resource} widened to ${wide}`,
        document: { ...statement, Resource: [...without(index), wide] },
      })),
    ]),
  ];
}

/** The same in any account, and any resource of its kind. */
function widened(resource: string): string[] {
  const parts = resource.split(":");
  const name = parts.slice(5).join(":");
  const head = parts.slice(0, 5);
  const anywhere = /^\d{12}$/.test(head[4] ?? "") ? [[...head.slice(0, 4), "*", name].join(":")] : [];
  const kind = /^([^/:]+[/:])/.exec(name)?.[1];
  const ofItsKind = kind === undefined || name === `${kind}*` ? [] : [[...head, `${kind}*`].join(":")];
  return [...anywhere, ...ofItsKind].filter((wide) => wide !== resource);
}

function spoiltActions(statement: Statement): Spoilt<Statement>[] {
  const actions = listOf(statement.Action);
  const [service = ""] = (actions[0] ?? "").split(":");
  return [
    ...(actions.some((action) => action === "*" || action.endsWith(":*"))
      ? []
      : [{ change: `actions widened to ${service}:*`, document: { ...statement, Action: `${service}:*` } }]),
    ...(actions.length > 1
      ? actions.map((action) => ({
          change: `action ${action} taken out`,
          document: { ...statement, Action: actions.filter((other) => other !== action) },
        }))
      : []),
  ];
}

function spoiltConditions(statement: Statement): Spoilt<Statement>[] {
  const condition = statement.Condition;
  if (condition === undefined) return [];
  const { Condition: dropped, ...unconditional } = statement;
  const entries = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key, values: listOf(values) })),
  );
  const holding = (kept: typeof entries): Statement => {
    if (kept.length === 0) return unconditional;
    const operators: Record<string, Record<string, readonly string[]>> = {};
    for (const { operator, key, values } of kept) (operators[operator] ??= {})[key] = values;
    return { ...statement, Condition: operators };
  };
  return [
    { change: `condition dropped: ${JSON.stringify(dropped)}`, document: unconditional },
    ...entries.flatMap((entry, index) => {
      const others = entries.filter((_, at) => at !== index);
      const place = `${entry.operator} ${entry.key}`;
      return [
        ...(others.length > 0 ? [{ change: `condition ${place} dropped`, document: holding(others) }] : []),
        ...(entry.values.length > 1
          ? entry.values.map((value) => ({
              change: `value ${value} of ${place} taken out`,
              document: holding([
                ...others,
                { ...entry, values: entry.values.filter((other) => other !== value) },
              ]),
            }))
          : []),
        ...(entry.operator === "Bool"
          ? []
          : [
              {
                change: `condition ${place} widened to any value`,
                document: holding([
                  ...others,
                  entry.operator.startsWith("Date")
                    ? { ...entry, values: [entry.operator.includes("Less") ? "9999-12-31" : "1970-01-01"] }
                    : { ...entry, operator: "StringLike", values: ["*"] },
                ]),
              },
            ]),
      ];
    }),
  ];
}

function spoiltPrincipals(statement: Statement): Spoilt<Statement>[] {
  const { Principal: principal } = statement;
  if (principal === undefined || principal === "*") return [];
  const aws = listOf(principal.AWS);
  return [
    { change: "principal widened to *", document: { ...statement, Principal: "*" } },
    {
      change: "principal another account added",
      document: {
        ...statement,
        Principal: { ...principal, AWS: [...aws, "arn:aws:iam::444444444444:root"] },
      },
    },
    ...(aws.length > 1
      ? aws.map((each) => ({
          change: `principal ${each} taken out`,
          document: { ...statement, Principal: { ...principal, AWS: aws.filter((other) => other !== each) } },
        }))
      : []),
    ...aws
      .filter((each) => each.includes(":role/"))
      .map((each) => ({
        change: `principal ${each} widened to its account`,
        document: { ...statement, Principal: { AWS: each.replace(/:role\/.*/, ":root") } },
      })),
  ];
}

function spoiltSharing({ sharing }: FoundThing): Spoilt<NonNullable<FoundThing["sharing"]>>[] {
  if (sharing === undefined) return [];
  return sharing.flatMap((entry, index) => [
    { change: `${entry.principal} taken out`, document: sharing.filter((_, at) => at !== index) },
    // Lake Formation knows no wildcard; what an account gives to its own roles is its affair.
    ...(entry.principal.includes(":role/")
      ? []
      : [
          {
            change: `${entry.principal} replaced by everybody of the namespace`,
            document: [...sharing, { ...entry, principal: entry.principal.replace(/[^/]+$/, "*") }],
          },
        ]),
    {
      change: `${entry.principal} made an owner, or deprived`,
      document: sharing.map((other) =>
        other === entry
          ? {
              ...entry,
              actions:
                entry.actions.length > 3
                  ? entry.actions.slice(0, 3)
                  : [...entry.actions, "quicksight:DeleteDataSource"],
            }
          : other,
      ),
    },
  ]);
}
