import type { Failure } from '../failures.ts';
import { feed } from '../transports/feed.ts';
import { asText, type JsonObject, parseObject } from '../transports/json.ts';
import { ResponseReader } from '../transports/response-reader.ts';
import { StreamWatch } from '../transports/stream-watch.ts';
import type { ExchangeEnding, ExchangeFacts } from '../transports/transport.ts';

/** One request that is on its way over a WebSocket. */
export interface InFlight {
  readonly lane: string;
  readonly reader: ResponseReader;
  readonly watch: StreamWatch;
  readonly facts: ExchangeFacts;
}

export interface InFlightOptions {
  readonly lane: string;
  readonly facts: ExchangeFacts;
  readonly signal: AbortSignal;
  readonly wallMs: () => number;
  readonly onEnd: (ending: ExchangeEnding) => void;
}

/**
 * The requests of one WebSocket. Each lane (`stream_id`, or the one without a name) answers its requests one
 * after another, lanes answer at the same time; so an event belongs to the first open request of its lane.
 */
export class Lanes {
  readonly #lanes = new Map<string, InFlight[]>();

  get open(): readonly InFlight[] {
    return [...this.#lanes.values()].flat();
  }

  add({ lane, facts, signal, wallMs, onEnd }: InFlightOptions): InFlight {
    const reader = new ResponseReader({ onText: () => {}, wallMs });
    const watch = new StreamWatch({
      signal,
      onEnd: (ending) => {
        this.#remove(request);
        onEnd(ending);
      },
    });
    const request: InFlight = { lane, reader, watch, facts };
    this.#lanes.set(lane, [...(this.#lanes.get(lane) ?? []), request]);
    return request;
  }

  /** An event that names no lane of ours belongs to the oldest open request: private events carry no name. */
  requestOf(event: JsonObject): InFlight | undefined {
    return this.#lanes.get(laneOf(event))?.[0] ?? this.#oldest;
  }

  /** Parses only where there is more than one to choose from. */
  requestOfText(text: string): InFlight | undefined {
    return this.#lanes.size <= 1 ? this.#oldest : this.requestOf(parseObject(text) ?? {});
  }

  feed(request: InFlight, text: string, atUs: number): void {
    request.facts.accepted ??= atUs;
    // Those behind it in its lane are silent because it speaks.
    for (const { watch } of this.#lanes.get(request.lane) ?? []) watch.touch();
    feed(request.reader, text, atUs, request.watch);
  }

  failAll(failureOf: (request: InFlight) => Failure): void {
    for (const request of this.open) request.watch.fail(failureOf(request));
  }

  get #oldest(): InFlight | undefined {
    for (const [first] of this.#lanes.values()) return first;
    return undefined;
  }

  #remove(request: InFlight): void {
    const left = (this.#lanes.get(request.lane) ?? []).filter((other) => other !== request);
    if (left.length === 0) this.#lanes.delete(request.lane);
    else this.#lanes.set(request.lane, left);
  }
}

export function laneOf(event: JsonObject): string {
  return asText(event['stream_id']) ?? '';
}
