import { decide } from "../../access/evaluate";
import type { AccessRequest, Decision, Policies } from "../../access/evaluate";

/** A decision, with all it was made on; `organizationOf` is the world's. */
export interface RecordedDecision {
  readonly request: Omit<AccessRequest, "organizationOf">;
  readonly policies: Policies;
  readonly decision: Decision;
}

/** What was decided while somebody recorded it. */
export interface Recording {
  /** Each once: the same caller, action, resource and reasons are one decision, whatever the session and the time. */
  readonly decisions: readonly RecordedDecision[];
  /** How many others there were no room for. */
  readonly left: number;
}

/** Room for the integration specs' decisions several times over; with their policies these are some 20 MB. */
const MOST = 3000;

/** Decides, and keeps what it decides when it is asked to, for comparison with other evaluators. */
export class DecisionRecord {
  private kept: Map<string, RecordedDecision> | undefined;
  private left = new Set<string>();

  /** @param most how many decisions a recording holds */
  constructor(private readonly most = MOST) {}

  /** The evaluator's decision. @throws PolicyError, RequestError as it does; these are no decisions. */
  decide(request: AccessRequest, policies: Policies): Decision {
    const decision = decide(request, policies);
    if (this.kept !== undefined) this.keep(this.kept, { request, policies, decision });
    return decision;
  }

  /** Begins a recording, and forgets one that was begun before. */
  begin(): void {
    this.kept = new Map();
    this.left = new Set();
  }

  /** Ends the recording; undefined when none was begun. */
  end(): Recording | undefined {
    if (this.kept === undefined) return undefined;
    const recording = { decisions: [...this.kept.values()], left: this.left.size };
    this.kept = undefined;
    this.left = new Set();
    return recording;
  }

  private keep(kept: Map<string, RecordedDecision>, made: RecordedDecision): void {
    const { caller, action, resource } = made.request;
    const who = "arn" in caller ? caller.arn : "name" in caller ? caller.name : caller.type;
    const key = JSON.stringify([who, action, resource, made.decision]);
    if (kept.has(key)) return;
    if (kept.size < this.most) kept.set(key, made);
    else this.left.add(key);
  }
}
