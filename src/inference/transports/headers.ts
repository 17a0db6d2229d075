import type { TransportOptions } from './transport.ts';

/** Asks the simulator for its own stamps; its stream holds nothing that the API does not have unless asked. */
export const stampsHeader = 'x-evalrun-stamps';

/** Metadata of a request (task, step, attempt, model, trial) as a JSON object, where its body cannot carry it. */
export const metadataHeader = 'x-evalrun-metadata';

/** Asks for the provider's own split of the time, an event `responsesapi.websocket_timing`. */
export const timingHeader = 'x-responsesapi-include-timing-metrics';

/** Headers that all transports send. */
export function commonHeaders({ apiKey, model, metadata }: TransportOptions): Record<string, string> {
  return {
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...(model.provider.kind === 'simulated' ? { [stampsHeader]: '1' } : {}),
    ...(model.provider.playedBy === undefined ? {} : { [metadataHeader]: metadataValue(metadata) }),
  };
}

/** As a header takes it: ASCII only. */
export function metadataValue(metadata: Readonly<Record<string, string>>): string {
  return JSON.stringify(metadata).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
