/** Hears what a topic of SNS publishes, as a subscriber by HTTP. */
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What EventBridge tells of an event of CloudTrail. */
export interface Told {
  readonly source: string;
  readonly "detail-type": string;
  readonly account: string;
  readonly region: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export class TopicListener {
  readonly told: Told[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {
    server.on("request", (request: IncomingMessage, response) => {
      void text(request).then((body) => {
        this.told.push(JSON.parse((JSON.parse(body) as { Message: string }).Message) as Told);
        response.end();
        for (const look of this.waiting) look();
      });
    });
  }

  /** Subscribes to the topic. */
  static async to(sns: SNSClient, TopicArn: string): Promise<TopicListener> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const listener = new TopicListener(server);
    const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint }));
    return listener;
  }

  /** Waits until so much has been told; the test's own timeout ends it. */
  async heard(count: number): Promise<readonly Told[]> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.told.length < count) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
    return this.told;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
