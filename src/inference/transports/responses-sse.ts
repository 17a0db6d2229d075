import { responsesBody } from './responses-body.ts';
import { createSseTransport } from './sse.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** Responses over server-sent events, with the full input every time. */
export function createResponsesSse(options: TransportOptions): Transport {
  return createSseTransport(options, {
    path: '/responses',
    body: ({ request }) => ({ ...responsesBody(request, request.input, options), stream: true }),
  });
}
