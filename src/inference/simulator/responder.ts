import type { Clock } from '../../lib/clock.ts';
import type { AnswerPlan } from './answer-plan.ts';
import type { CreateRequest, WireItem } from './create-request.ts';
import { disturbPlan } from './disturb-answer.ts';
import type { ChooseFault, Fault, FrontName } from './faults.ts';
import { type PlanOptions, planAnswer, type SimulatedModel } from './plan-answer.ts';
import { type Refusal, refusal, refusalOf } from './refusals.ts';
import { StoppedAnswers } from './stopped-answers.ts';

export interface ResponderOptions extends Pick<PlanOptions, 'tasks' | 'seed' | 'timeScale' | 'readFolder'> {
  readonly profiles: ReadonlyMap<string, SimulatedModel>;
  readonly clock: Clock;
  readonly faults: ChooseFault;
}

export type Response =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'dropped' }
  /** A WebSocket's time is over; a request that came alone has none to be over. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'answer'; readonly plan: AnswerPlan; readonly fault: Fault | undefined };

/** What the fronts share: from a request to its answer, its refusal or its mishap. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly stopped = new StoppedAnswers();
  #count = 0;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  canSteer(model: string): boolean {
    return this.#options.profiles.get(model)?.canSteer === true;
  }

  get models(): readonly string[] {
    return [...this.#options.profiles.keys()];
  }

  async respond(
    request: CreateRequest,
    transport: FrontName,
    remembered: readonly WireItem[],
  ): Promise<Response> {
    this.#count += 1;
    const number = this.#count;
    const fault = this.#options.faults({ transport, request, number });
    if (fault?.kind === 'drop-connection') return { kind: 'dropped' };
    if (fault?.kind === 'connection-limit' && transport === 'websocket') return { kind: 'expired' };
    const refused = refusalOf(fault, request);
    if (refused !== undefined) return { kind: 'refused', refusal: refused };
    const profile = this.#options.profiles.get(request.model);
    if (profile === undefined) {
      const message = `The model '${request.model}' does not exist here.`;
      return { kind: 'refused', refusal: refusal(404, 'model_not_found', message) };
    }
    const plan = await planAnswer({ ...this.#options, request, profile, remembered, number });
    return { kind: 'answer', plan: disturbPlan(plan, fault), fault };
  }
}
