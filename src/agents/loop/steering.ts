import type { Intervention, InterventionRecord } from '../../domain/intervention.ts';
import type { ModelProfile } from '../../domain/model.ts';
import type { RequestRecord } from '../../domain/request-record.ts';
import type { ConversationItem, ModelAnswer, RespondOptions } from '../../inference/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { InterventionWatch } from './intervention-watch.ts';

export interface SteeringOptions {
  readonly intervention: Intervention;
  readonly model: ModelProfile;
  readonly clock: Clock;
  /** The trial's own end. */
  readonly signal: AbortSignal;
  readonly workdir: string;
}

type Message = ConversationItem & { readonly type: 'message' };

/** The user's stepping in, for one conversation: waits for its moment and stops what goes on then. */
export class Steering implements Disposable {
  readonly #options: SteeringOptions;
  readonly #watch: InterventionWatch;
  readonly #order = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  #answers = 0;
  #toolCalls = 0;
  #orderedUs: number | undefined;
  #delivered: InterventionRecord['delivered'] = 'never';
  #comesLate = false;
  #via: InterventionRecord['via'];

  constructor(options: SteeringOptions) {
    this.#options = options;
    this.#watch = new InterventionWatch(options.intervention, options.workdir);
    const { at } = options.intervention;
    if (at.kind === 'after-seconds') this.#timer = setTimeout(() => this.#speak(), at.seconds * 1000);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  /** The user has spoken and the model has not heard it yet. */
  get isDue(): boolean {
    return this.#orderedUs !== undefined && this.#delivered === 'never';
  }

  /** How the next request is sent, so that the user can step into its answer. */
  respondOptions(): RespondOptions {
    const { intervention, signal, model } = this.#options;
    this.#answers += 1;
    if (this.#orderedUs !== undefined) return { signal };
    const { at } = intervention;
    const isTheOne = at.kind === 'during-stream' && this.#answers >= at.answer;
    const onToken = () => {
      if (isTheOne) this.#speak();
    };
    if (model.canSteer === true && model.transport === 'responses-websocket') {
      return { signal, onToken, steer: { signal: this.#order.signal, input: [this.#message] } };
    }
    return { signal: AbortSignal.any([signal, this.#order.signal]), onToken };
  }

  /** What a tool call runs under: an interrupt ends it, a redirect waits until it has ended. */
  get toolSignal(): AbortSignal {
    const { intervention, signal } = this.#options;
    const isStoppable = intervention.kind === 'interrupt' && this.#orderedUs === undefined;
    return isStoppable ? AbortSignal.any([signal, this.#order.signal]) : signal;
  }

  noteAnswer(status: ModelAnswer['status'], record: RequestRecord): void {
    if (this.#delivered !== 'never') {
      if (record.reconnect === 'not-steered') this.#via = 'new-connection';
      this.#watch.newAnswer(record);
      return;
    }
    this.#watch.oldAnswer(record);
    if (!this.isDue) return;
    if (record.steer === 'ended-by') this.#via = 'steer';
    else if (status === 'aborted') this.#via = 'new-connection';
  }

  noteCall(name: string, rawArguments: string): void {
    if (this.#delivered !== 'never') this.#watch.call(name, rawArguments, this.#options.clock.nowUs());
  }

  noteCallEnd(): void {
    this.#toolCalls += 1;
    this.#watch.callEnd();
    const { at } = this.#options.intervention;
    if (at.kind === 'after-tool-call' && this.#toolCalls >= at.count) this.#speak();
  }

  /** The agent says that it is done. True where the user has yet to speak, and does so now. */
  followUp(): boolean {
    if (this.#orderedUs !== undefined) return false;
    this.#comesLate = true;
    this.#speak();
    return true;
  }

  /** The order as it enters the conversation; from here on the agent is measured against it. */
  deliver(): Message {
    this.#delivered = this.#comesLate ? 'as-follow-up' : 'in-time';
    this.#via ??= 'next-request';
    return this.#message;
  }

  get record(): InterventionRecord {
    const { kind, atText: at } = this.#options.intervention;
    const delivered = this.#delivered;
    if (this.#orderedUs === undefined) return { kind, at, delivered, marks: {}, staleActions: 0 };
    const via = this.#via === undefined ? {} : { via: this.#via };
    return { kind, at, delivered, ...via, orderedUs: this.#orderedUs, ...this.#watch.seen };
  }

  get #message(): Message {
    return { type: 'message', role: 'user', text: this.#options.intervention.message };
  }

  /** The user speaks, once. */
  #speak(): void {
    if (this.#orderedUs !== undefined) return;
    clearTimeout(this.#timer);
    this.#orderedUs = this.#options.clock.nowUs();
    this.#order.abort(new DOMException('the user stepped in', 'AbortError'));
  }
}
