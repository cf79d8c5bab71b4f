import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type { CreateFunctionCommandInput, Runtime } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { setTimeout as pause } from "node:timers/promises";
import { connectorTrust } from "../../../access/connector";
import { zip } from "../../../sandbox/aws-provider/zip";
import { clients } from "../gateway/clients";
import type { Clients } from "../gateway/clients";
import { refusal } from "../gateway/refusal";

const ACCOUNT = "120000000805";
const BUCKET = "scripts-120000000805";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/scripts`;

type Files = Readonly<Record<string, string>>;

const zipped = (files: Files): Buffer =>
  zip(Object.entries(files).map(([name, text]) => ({ name, contents: Buffer.from(text) })));

describe("functions of Node and Python", () => {
  let made: Clients;
  let lambda: LambdaClient;
  let s3: S3Client;
  let count = 0;

  before(async () => {
    made = await clients();
    lambda = await made.in(LambdaClient, ACCOUNT);
    s3 = await made.in(S3Client, ACCOUNT);
    const iam = await made.in(IAMClient, ACCOUNT);
    await iam.send(
      new CreateRoleCommand({
        RoleName: "scripts",
        AssumeRolePolicyDocument: JSON.stringify(connectorTrust()),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "scripts",
        PolicyName: "put",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${BUCKET}/allowed/*` },
          ],
        }),
      }),
    );
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });

  /** Makes a function and returns its name. */
  async function make(
    Runtime: Runtime,
    files: Files,
    more: Partial<CreateFunctionCommandInput> = {},
  ): Promise<string> {
    count += 1;
    const FunctionName = `script-${count}`;
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: ROLE,
        Runtime,
        Handler: "index.handler",
        Code: { ZipFile: zipped(files) },
        ...more,
      }),
    );
    return FunctionName;
  }

  interface Result {
    readonly value: unknown;
    readonly fault: string | undefined;
    readonly log: string;
  }

  async function invoke(FunctionName: string, event?: unknown): Promise<Result> {
    const { Payload, FunctionError, LogResult } = await lambda.send(
      new InvokeCommand({
        FunctionName,
        LogType: "Tail",
        ...(event === undefined ? {} : { Payload: Buffer.from(JSON.stringify(event)) }),
      }),
    );
    return {
      value: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown,
      fault: FunctionError,
      log: Buffer.from(LogResult ?? "", "base64").toString(),
    };
  }

  const node: Runtime = "nodejs20.x";
  const python: Runtime = "python3.12";
  const handlers: [title: string, Runtime, Files, handler: string, answer: unknown][] = [
    [
      "async, CommonJS",
      node,
      { "index.js": "exports.handler = async (e) => ({ got: e.a });" },
      "index.handler",
      { got: 1 },
    ],
    [
      "with a callback, when all is done",
      node,
      {
        "index.js":
          "exports.handler = (e, c, done) => { const o = { got: e.a }; done(null, o); setTimeout(() => (o.late = true), 30); };",
      },
      "index.handler",
      { got: 1, late: true },
    ],
    [
      "with a callback that does not wait",
      node,
      {
        "index.js":
          "exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; const o = { got: e.a }; done(null, o); setTimeout(() => (o.late = true), 30); };",
      },
      "index.handler",
      { got: 1 },
    ],
    ["that never calls back", node, { "index.js": "exports.handler = () => {};" }, "index.handler", null],
    [
      "an ES module by its name, with an await of its own",
      node,
      { "index.mjs": "const two = await Promise.resolve(2); export const handler = async () => two;" },
      "index.handler",
      2,
    ],
    [
      "an ES module by its package, which imports another",
      node,
      {
        "package.json": '{ "type": "module" }',
        "src/app.js":
          'import { three } from "./three.js"; export const deep = { handler: async () => three };',
        "src/three.js": "export const three = 3;",
      },
      "src/app.deep.handler",
      3,
    ],
    [
      "a function",
      python,
      { "index.py": "def handler(event, context):\n    return {'got': event['a']}" },
      "index.handler",
      { got: 1 },
    ],
    [
      "in a package, which imports another",
      python,
      {
        "src/app.py": "from src.three import three\ndef run(event, context):\n    return three",
        "src/three.py": "three = 3",
      },
      "src/app.run",
      3,
    ],
    [
      "that returns nothing",
      python,
      { "index.py": "def handler(event, context):\n    pass" },
      "index.handler",
      null,
    ],
  ];
  for (const [title, runtime, files, Handler, answer] of handlers)
    it(`${runtime} runs a handler: ${title}`, async () => {
      const { value, fault } = await invoke(await make(runtime, files, { Handler }), { a: 1 });
      expect([value, fault]).to.deep.equal([answer, undefined]);
    });

  it("takes any JSON as event", async () => {
    const name = await make(node, { "index.js": "exports.handler = async (event) => [event];" });
    for (const event of ["text", 1, null, [2], { FunctionName: "other" }])
      expect((await invoke(name, event)).value).to.deep.equal([event]);
  });

  const NODE_ABOUT = `
    let calls = 0;
    exports.handler = async (event, context) => {
      console.log("a line", { n: 1 });
      process.stdout.write("no frame\\n");
      return {
        event, calls: ++calls, pid: process.pid, left: context.getRemainingTimeInMillis(),
        own: process.env.own, region: process.env.AWS_REGION, name: context.functionName, arn: context.invokedFunctionArn,
        memory: context.memoryLimitInMB, group: context.logGroupName, id: context.awsRequestId, cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT,
        environment: process.env.AWS_EXECUTION_ENV, heap: process.execArgv[0],
      };
    };`;
  const PYTHON_ABOUT = `
import logging, os
logging.getLogger().setLevel("INFO")
calls = 0
def handler(event, context):
    global calls
    calls += 1
    logging.info("a line")
    os.write(1, b"no frame\\n")
    e = os.environ
    return {
        "event": event, "calls": calls, "pid": os.getpid(), "left": context.get_remaining_time_in_millis(),
        "own": e["own"], "region": e["AWS_REGION"], "name": context.function_name, "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb, "group": context.log_group_name, "id": context.aws_request_id, "cwd": os.getcwd() == e["LAMBDA_TASK_ROOT"],
        "environment": e["AWS_EXECUTION_ENV"],
    }
`;
  for (const [runtime, files, line] of [
    [node, { "index.js": NODE_ABOUT }, /\tINFO\ta line \{ n: 1 \}\n/],
    [python, { "index.py": PYTHON_ABOUT }, /\[INFO\]\t\S+Z\t[0-9a-f-]{36}\ta line\n/],
  ] as const)
    it(`${runtime} tells a handler of its invocation and function, keeps it warm, and keeps its output for the log`, async () => {
      const name = await make(runtime, files, {
        Environment: { Variables: { own: "value" } },
        Timeout: 20,
        MemorySize: 256,
      });
      const first = await invoke(name);
      const { pid, left, id, heap, ...about } = first.value as Record<string, unknown>;
      expect(about).to.deep.equal({
        event: {},
        calls: 1,
        own: "value",
        region: "us-east-1",
        name,
        arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`,
        memory: "256",
        group: `/aws/lambda/${name}`,
        cwd: true,
        environment: `AWS_Lambda_${runtime}`,
      });
      expect(left).to.be.within(1, 20_000);
      expect(id).to.match(/^[0-9a-f-]{36}$/);
      expect(heap).to.equal(runtime === node ? "--max-old-space-size=230" : undefined);
      expect(first.log).to.match(line).and.include("no frame\n");
      const second = (await invoke(name, { again: true })).value as Record<string, unknown>;
      expect([second["calls"], second["pid"], second["event"]]).to.deep.equal([2, pid, { again: true }]);
    });

  const NODE_PUT = `
    const { S3Client, PutObjectCommand } = require("@aws-sdk/client-s3");
    exports.handler = async ({ Key }) => { await new S3Client({}).send(new PutObjectCommand({ Bucket: "${BUCKET}", Key, Body: "node" })); };`;
  const NODE_PUT_ESM = NODE_PUT.replace(
    'const { S3Client, PutObjectCommand } = require("@aws-sdk/client-s3");',
    'import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";',
  ).replace("exports.handler =", "export const handler =");
  const PYTHON_PUT = `
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="${BUCKET}", Key=event["Key"], Body="python")
`;
  for (const [title, runtime, files, content, denied] of [
    ["nodejs, CommonJS", node, { "index.js": NODE_PUT }, "node", "AccessDenied"],
    ["nodejs, ES module", node, { "index.mjs": NODE_PUT_ESM }, "node", "AccessDenied"],
    ["python", python, { "index.py": PYTHON_PUT }, "python", "AccessDenied"],
  ] as const)
    it(`${title}: the AWS SDK is there, and acts as the execution role`, async () => {
      const name = await make(runtime, files, { Timeout: 30, MemorySize: 256 });
      const Key = `allowed/${title}`;
      const { fault, log } = await invoke(name, { Key });
      expect(fault, log).to.equal(undefined);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      expect(await Body?.transformToString()).to.equal(content);
      const { value } = await invoke(name, { Key: "elsewhere" });
      const { errorType, errorMessage } = value as Record<string, string>;
      expect(errorType).to.equal(denied);
      expect(errorMessage).to.include(
        `User: arn:aws:sts::${ACCOUNT}:assumed-role/scripts/${name} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${BUCKET}/elsewhere"`,
      );
    });

  const faults: [title: string, Runtime, Files, handler: string, type: string, message: string | RegExp][] = [
    [
      "thrown",
      node,
      { "index.js": "exports.handler = async () => { throw new TypeError('no'); };" },
      "index.handler",
      "TypeError",
      "no",
    ],
    [
      "thrown at once",
      node,
      { "index.js": "exports.handler = () => { throw new RangeError('no'); };" },
      "index.handler",
      "RangeError",
      "no",
    ],
    [
      "called back with",
      node,
      { "index.js": "exports.handler = (e, c, done) => done('text');" },
      "index.handler",
      "string",
      "text",
    ],
    [
      "thrown outside of the handler's run",
      node,
      {
        "index.js":
          "exports.handler = (e, c, done) => { setTimeout(() => { throw new Error('later'); }, 10); };",
      },
      "index.handler",
      "Error",
      "later",
    ],
    [
      "rejected unheard",
      node,
      { "index.js": "exports.handler = (e, c, done) => { Promise.reject(new Error('unheard')); };" },
      "index.handler",
      "Runtime.UnhandledPromiseRejection",
      "Error: unheard",
    ],
    [
      "of a promise that nobody settles",
      node,
      { "index.js": "exports.handler = async () => { await new Promise(() => {}); };" },
      "index.handler",
      "Runtime.NodeJsExit",
      /never settled/,
    ],
    [
      "of an answer that is no JSON",
      node,
      { "index.js": "exports.handler = async () => 1n;" },
      "index.handler",
      "Error",
      /^Unable to stringify response body/,
    ],
    [
      "of a module that is not there",
      node,
      { "index.js": "" },
      "other.handler",
      "Runtime.ImportModuleError",
      /^Error: Cannot find module 'other'/,
    ],
    [
      "of code that cannot be read",
      node,
      { "index.js": "exports.handler = (" },
      "index.handler",
      "Runtime.UserCodeSyntaxError",
      /^SyntaxError: /,
    ],
    [
      "of a handler that is not there",
      node,
      { "index.js": "" },
      "index.handler",
      "Runtime.HandlerNotFound",
      "index.handler is undefined or not exported",
    ],
    [
      "of a handler without a function",
      node,
      { "index.js": "" },
      "index",
      "Runtime.MalformedHandlerName",
      "Bad handler",
    ],
    [
      "of a process that ends itself",
      node,
      { "index.js": "exports.handler = () => process.exit(0);" },
      "index.handler",
      "Runtime.ExitError",
      /^RequestId: [0-9a-f-]{36} Error: Runtime exited without providing a reason$/,
    ],
    [
      "raised",
      python,
      { "index.py": "def handler(e, c):\n    raise KeyError('no')" },
      "index.handler",
      "KeyError",
      "'no'",
    ],
    [
      "of an answer that is no JSON",
      python,
      { "index.py": "def handler(e, c):\n    return {1, 2}" },
      "index.handler",
      "Runtime.MarshalError",
      "Unable to marshal response: Object of type set is not JSON serializable",
    ],
    [
      "of a module that is not there",
      python,
      { "index.py": "import nothing_there" },
      "index.handler",
      "Runtime.ImportModuleError",
      "Unable to import module 'index': No module named 'nothing_there'",
    ],
    [
      "of code that cannot be read",
      python,
      { "index.py": "def (" },
      "index.handler",
      "Runtime.UserCodeSyntaxError",
      /^Syntax error in module 'index': /,
    ],
    [
      "of code that fails while it is loaded",
      python,
      { "index.py": "1 / 0" },
      "index.handler",
      "ZeroDivisionError",
      "division by zero",
    ],
    [
      "of a handler that is not there",
      python,
      { "index.py": "" },
      "index.handler",
      "Runtime.HandlerNotFound",
      "Handler 'handler' missing on module 'index'",
    ],
    [
      "of a handler without a function",
      python,
      { "index.py": "" },
      "index",
      "Runtime.MalformedHandlerName",
      "Bad handler 'index': not enough values to unpack (expected 2, got 1)",
    ],
    [
      "of a process that ends itself",
      python,
      { "index.py": "import os\ndef handler(e, c):\n    os._exit(3)" },
      "index.handler",
      "Runtime.ExitError",
      /exit status 3$/,
    ],
  ];
  for (const [title, runtime, files, Handler, type, message] of faults)
    it(`${runtime} tells the fault ${title}, as its runtime does`, async () => {
      const { value, fault } = await invoke(await make(runtime, files, { Handler }), {});
      const { errorType, errorMessage } = value as Record<string, string>;
      expect([fault, errorType]).to.deep.equal(["Unhandled", type]);
      if (typeof message === "string") expect(errorMessage).to.equal(message);
      else expect(errorMessage).to.match(message);
    });

  it("a fault names its place in the function's own code", async () => {
    const thrown = await invoke(
      await make(node, { "index.js": "exports.handler = async () => {\n  throw new Error('here');\n};" }),
    );
    expect((thrown.value as { trace: string[] }).trace[1]).to.match(/at .*\/index\.js:2:9\)?$/);
    const raised = await invoke(
      await make(python, { "index.py": "def handler(e, c):\n    raise ValueError('here')" }),
    );
    const { stackTrace, requestId } = raised.value as { stackTrace: string[]; requestId: string };
    expect(stackTrace).to.have.lengthOf(1);
    expect(stackTrace[0]).to.match(
      /^ {2}File "\/.*\/index\.py", line 2, in handler\n {4}raise ValueError\('here'\)\n$/,
    );
    expect(requestId).to.match(/^[0-9a-f-]{36}$/);
  });

  for (const [runtime, files] of [
    [node, { "index.js": "exports.handler = () => { for (;;); };" }],
    [python, { "index.py": "def handler(e, c):\n    while True: pass" }],
  ] as const)
    it(`${runtime} is ended at its timeout`, async () => {
      const { value } = await invoke(await make(runtime, files, { Timeout: 1 }));
      expect(value).to.have.property("errorType", "Sandbox.Timedout");
      expect((value as { errorMessage: string }).errorMessage).to.match(
        /Task timed out after 1\.00 seconds$/,
      );
    });

  it("runs the code that it has now, from a zip file or from S3, and a version as it was published", async () => {
    const returning = (value: number): Files => ({ "index.js": `exports.handler = async () => ${value};` });
    const name = await make(node, returning(1));
    expect((await invoke(name)).value).to.equal(1);
    await lambda.send(new PublishVersionCommand({ FunctionName: name }));
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "code.zip", Body: zipped(returning(2)) }));
    await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: name, S3Bucket: BUCKET, S3Key: "code.zip" }),
    );
    expect((await invoke(name)).value).to.equal(2);
    expect((await invoke(`${name}:1`)).value).to.equal(1);
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Handler: "index.other" }));
    expect((await invoke(name)).value).to.have.property("errorType", "Runtime.HandlerNotFound");
  });

  const refused: [title: string, code: string, status: number, () => Promise<string>, payload: string][] = [
    [
      "an event that is no JSON",
      "InvalidRequestContentException",
      400,
      () => make(node, { "index.js": "" }),
      "{",
    ],
    [
      "an event above 6 MB",
      "RequestTooLargeException",
      413,
      () => make(node, { "index.js": "" }),
      `"${"x".repeat(6_291_456)}"`,
    ],
    [
      "code that is no zip file",
      "InvalidZipFileException",
      502,
      () => make(node, {}, { Code: { ZipFile: Buffer.from("no zip") } }),
      "{}",
    ],
    ["another runtime", "NotImplemented", 501, () => make("ruby3.3", {}), "{}"],
  ];
  for (const [title, code, status, made, payload] of refused)
    it(`refuses ${title}`, async () => {
      const FunctionName = await made();
      const refused = await refusal(
        lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(payload) })),
      );
      expect(refused).to.include({ code, status });
    });

  it("refuses an answer above 6 MB", async () => {
    const files = { "index.js": "exports.handler = async () => 'x'.repeat(7e6);" };
    expect((await invoke(await make(node, files))).value).to.have.property(
      "errorType",
      "Function.ResponseSizeTooLarge",
    );
  });

  describe("of InvocationType Event run later", () => {
    /** Counts its runs in objects, and fails the first times. */
    const counting = (failures: number): Files => ({
      "index.js": `
        const { S3Client, PutObjectCommand } = require("@aws-sdk/client-s3");
        let runs = 0;
        exports.handler = async ({ prefix }) => {
          runs += 1;
          await new S3Client({}).send(new PutObjectCommand({ Bucket: "${BUCKET}", Key: \`allowed/\${prefix}/\${runs}\`, Body: "" }));
          if (runs <= ${failures}) throw new Error("not yet");
        };`,
    });
    const isThere = async (Key: string): Promise<boolean> =>
      s3.send(new GetObjectCommand({ Bucket: BUCKET, Key })).then(
        () => true,
        () => false,
      );
    for (const [title, failures, runs] of [
      ["once, when it succeeds", 0, 1],
      ["again, when it fails", 1, 2],
      ["three times at most", 9, 3],
    ] as const)
      it(title, async () => {
        const name = await make(node, counting(failures), { Timeout: 30, MemorySize: 256 });
        const prefix = `${name}-runs`;
        const { StatusCode, Payload } = await lambda.send(
          new InvokeCommand({
            FunctionName: name,
            InvocationType: "Event",
            Payload: Buffer.from(JSON.stringify({ prefix })),
          }),
        );
        expect([StatusCode, Buffer.from(Payload ?? []).length]).to.deep.equal([202, 0]);
        while (!(await isThere(`allowed/${prefix}/${runs}`))) await pause(20);
        // Whatever else is to run of it runs before this, for invocations of a function wait for each other.
        await lambda.send(
          new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify({ prefix: "last" })) }),
        );
        expect(await isThere(`allowed/last/${runs + 1}`)).to.equal(true);
      });

    it("and are refused above 1 MB", async () => {
      const FunctionName = await make(node, counting(0));
      const Payload = Buffer.from(`"${"x".repeat(1_048_576)}"`);
      expect(
        await refusal(lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }))),
      ).to.include({ code: "RequestTooLargeException", status: 413 });
    });
  });
});
