/** The functions of @pulumi/aws that are answered; every other is refused by name. */
import type { Cloud } from "./cloud";
import type { Values } from "./values";

const functions: Readonly<Record<string, (cloud: Cloud) => Values>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": ({ identity }) => ({
    ...identity,
    id: identity.accountId,
  }),
  "aws:index/getPartition:getPartition": ({ partition }) => ({
    id: partition,
    partition,
    dnsSuffix: partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com",
    reverseDnsPrefix: partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws",
  }),
};

/** The answer of the function. Throws for a function that is not served. */
export function invoke(token: string, cloud: Cloud): Values {
  const answer = functions[token];
  if (answer === undefined) {
    const served = Object.keys(functions).join(", ");
    throw new Error(
      `the function "${token}" is not served by the sandbox's aws provider: it serves ${served}`,
    );
  }
  return answer(cloud);
}
